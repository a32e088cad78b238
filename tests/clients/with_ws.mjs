// `ws` against the echo: texts, bytes, fragments, pings, compression, and close codes.
//
// Arguments: the folder in which npm has installed `ws`, and the address of the example
// `websocket_echo`, with the path.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createRequire } from "node:module";

const [folder, address] = process.argv.slice(2);
const { WebSocket } = createRequire(`${folder}/`)("ws");
const uri = address.replace("http", "ws");

async function open(options) {
  const socket = new WebSocket(uri, options);
  await once(socket, "open");
  return socket;
}

async function receive(socket) {
  const [payload, isBinary] = await once(socket, "message");
  return isBinary ? payload : payload.toString();
}

async function end(socket) {
  const [code, reason] = await once(socket, "close");
  return [code, reason.toString()];
}

{
  const socket = await open({ perMessageDeflate: { threshold: 0 } });
  assert.match(socket.extensions, /permessage-deflate/);
  const bytes = Buffer.alloc(256_000, (_, at) => at);
  for (const message of ["", "grüße", Buffer.from([0, 255]), "long ".repeat(100_000), bytes]) {
    socket.send(message);
    assert.deepEqual(await receive(socket), message);
  }
  for (const [text, fin] of [["a", false], ["b", false], ["c", true]]) socket.send(text, { fin });
  assert.equal(await receive(socket), "abc");
  socket.ping("ping");
  assert.equal((await once(socket, "pong"))[0].toString(), "ping");
  socket.close(3001, "bye");
  assert.equal((await end(socket))[0], 3001);
}

{
  const socket = await open({ perMessageDeflate: false });
  assert.equal(socket.extensions, "");
  const sent = Array.from({ length: 500 }, (_, at) => `message ${at}`), got = [];
  const all = new Promise(done => {
    socket.on("message", payload => got.push(payload.toString()) === sent.length && done());
  });
  for (const message of sent) socket.send(message);
  await all;
  assert.deepEqual(got, sent);
  // Nothing is left of the peer, and the server goes on.
  socket.terminate();
  assert.equal((await end(socket))[0], 1006);
}

{
  const socket = await open({ perMessageDeflate: false });
  socket.on("error", () => {});
  socket.send(Buffer.alloc((16 << 20) + 1));
  // nginx resets a client that is still sending when the server closes, and the code may be lost.
  const codes = uri.endsWith("/upgraded/") ? [1006, 1009] : [1009];
  assert.ok(codes.includes((await end(socket))[0]));
}

{
  const socket = new WebSocket(`${uri}nothing`);
  socket.on("error", () => {});
  const [, response] = await once(socket, "unexpected-response");
  assert.equal(response.statusCode, 404);
  socket.terminate();
}
