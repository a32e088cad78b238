// Node's `http` with its defaults: reads the body of each request, and reports it in a field.
// `node node.mjs HOST:PORT`
import http from 'node:http'

const server = http.createServer((request, response) => {
  let length = 0
  let sum = 0
  request.on('data', (piece) => {
    length += piece.length
    for (const byte of piece) sum = (sum + byte) & 0xffff
  })
  request.on('end', () => {
    response.setHeader('X-Seen', `${request.method} ${length} ${sum}`)
    response.end()
  })
  // The parser has answered already.
  request.on('error', () => {})
})

const [host, port] = process.argv[2].split(':')
server.listen({ host, port: Number(port), backlog: 1024 }, () => {
  console.log(`http://${host}:${server.address().port}`)
})
