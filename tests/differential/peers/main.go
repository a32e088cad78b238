// Go's net/http with its defaults: reads the body of each request, and reports it in a field.
// Argument: address.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
)

func seen(response http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		response.WriteHeader(http.StatusBadRequest)
		return
	}
	sum := 0
	for _, b := range body {
		sum = (sum + int(b)) & 0xffff
	}
	response.Header().Set("X-Seen", fmt.Sprintf("%s %d %d", request.Method, len(body), sum))
}

func main() {
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	log.SetOutput(io.Discard)
	fmt.Printf("http://%s\n", listener.Addr())
	http.Serve(listener, http.HandlerFunc(seen))
}
