"""The rows of docs/differences.md that cases refer to, and the differences that have none yet."""

# The response object
RETURNED = "A body that is returned whole"
UNENDED = "A handler that writes and returns without ending the body"
WRITE_END = "`write`, then `end`"
ENDED_RETURNS = "A handler that ended its response and then returns"
SET_STATUS_LATE = "`set_status` after the head"
SET_STATUS_PHRASE = "`set_status(404)` without a text"
STATUS = "Status outside 200\u2013599"
COOKIE_EXPIRES = "`set_cookie` with its default `expires=0`"
COOKIE_NAMES = "Cookie names"
COOKIE_PREFIX = (
    "`SameSite=None` without `secure`; a name with `__Host-` or `__Secure-` that breaks the rules"
    " of its prefix"
)

# Response heads
FIELD_NAMES = "Field names"
NUL = "NUL in a name or value"
OWN_LENGTH = "`Content-Length` of the application"
OWN_TYPE = "`Content-Type` set as a field"
OWN_CLOSE = "`Connection: close` of the application"
OWN_DATE = "`Date` and `Server` of the application"
OLD_CHUNKS = "Chunks for an HTTP/1.0 client"
HEAD = "HEAD"
NO_CONTENT = "204 and 1xx"
RESET_CONTENT = "205"
NOT_MODIFIED = "304"

# Request heads
HEAD_LIMIT = "Head over the limit, or too many fields"
FIELD_BLANKS = (
    "Blanks or control bytes in names, a tab before the colon, a blank before the first name"
)
METHODS = "Methods that are no token, blanks and control bytes in the target"
BAD_HOST = "A malformed `Host` (`a b`, `x:y:z`)"
EMPTY_LINE = "An empty line before the request line"
ABSOLUTE = "Absolute-form target (`GET http://\u2026`)"
MINOR = "HTTP/1.2 and above"
MAJOR = "Another major version"

# Request bodies
SAME_LENGTH = "The same `Content-Length` twice"
LENGTH_ZEROS = "`Content-Length: 003`"
GZIP_CHUNKED = "`gzip, chunked`"
CHUNKED_GZIP = "`chunked, gzip`, or `chunked` twice"
CHUNK_ZEROS = "Chunk sizes with leading zeros"
TRAILERS = "Trailers"
CHUNKED_KEPT = "A connection after a chunked request"
BODY_LIMIT = "Body over the limit"
LIMIT_COUNTS = "What counts for the limit"
EXPECTATIONS = "Other expectations"

# Errors, connections
BAD_HEAD = "A bad head, or none in time"
ERRORS_KEPT = "404, 405 and errors that a handler raises"
UNEXPECTED = "An unexpected error of a handler"
ANNOUNCED = "Keep-alive announced, then closed"
OLD_OPTION = "HTTP/1.0 with any `Connection` option but `close`"

# Seen here, and neither in docs/differences.md nor undone: each needs a row or a repair.
ORDER = "fields: three orders, by who writes the head; ours has one, repeats stay apart"
PAGES = "pages of errors: the text of the error alone, or other HTML; ours are all of one kind"
LOCATION = "redirect: `Location`; ours says `location`"
EMPTY_STREAM = "nothing but empty pieces: chunked; ours has `Content-Length: 0`"
NO_PIECES = "a generator without a piece: 500; ours is an empty 200"
YIELD_NONE = "`yield None`: ends the body without its last chunk; ours goes on"
UNSTREAMED = "`stream=False`: still a chunk for each piece; ours joins them"
WRITE_RETURN = "`write`, then a value: lost, then closed; ours is a part of the body"
NUMBER = "`return 42`: silence; ours closes without an answer"
CLOSE_KEPT = "`send`, `close(keepalive=True)`: closed if nothing was returned; ours is kept"
END_304 = "`end` on 304: has a type and a length; ours has neither"
COOKIE_EQUALS = "`=` in a cookie's value: escaped; ours is not"
COOKIE_ORDER = "`request.cookies`: the last one first; ours has the order of the wire"
COOKIE_NAMELESS = "`request.cookies`: pairs without `=` or without a name are kept; ours drops them"
EARLY_CONTINUE = "`100 Continue` although the body has come; ours leaves it out"
SYNC_NAMES = "a sync function must take every argument (`**kwargs`); ours may name what it wants"

UNDECIDED = frozenset(
    (
        ORDER,
        PAGES,
        LOCATION,
        EMPTY_STREAM,
        NO_PIECES,
        YIELD_NONE,
        UNSTREAMED,
        WRITE_RETURN,
        NUMBER,
        CLOSE_KEPT,
        END_304,
        COOKIE_EQUALS,
        COOKIE_ORDER,
        COOKIE_NAMELESS,
        EARLY_CONTINUE,
        SYNC_NAMES,
    )
)
