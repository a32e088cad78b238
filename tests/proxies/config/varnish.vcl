vcl 4.1;

backend default {
    .host = "SERVER_HOST";
    .port = "SERVER_PORT";
    .first_byte_timeout = 3s;
}

sub vcl_recv {
    call vcl_req_host;
    call vcl_req_method;
    if (req.http.Upgrade ~ "(?i)websocket") {
        return (pipe);
    }
    # Nothing is cached: the requests are the subject.
    return (pass);
}

# As its documentation has it for WebSockets.
sub vcl_pipe {
    set bereq.http.X-Stamp = "STAMP";
    if (req.http.upgrade) {
        set bereq.http.upgrade = req.http.upgrade;
        set bereq.http.connection = req.http.connection;
    }
}

sub vcl_backend_fetch {
    set bereq.http.X-Stamp = "STAMP";
    return (fetch);
}
