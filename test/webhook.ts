// A webhook that records requests: POST anything, GET it all back as a JSON list.
// Runs as its own process, `node webhook.ts HOST PORT`, on this machine or in a container.
import { createServer } from 'node:http';

const [host = '127.0.0.1', port = '0'] = process.argv.slice(2);
const received: unknown[] = [];

createServer(async (request, response) => {
  if (request.method === 'GET') return response.end(JSON.stringify(received));
  let text = '';
  for await (const chunk of request) text += String(chunk);
  received.push(JSON.parse(text));
  return response.end();
}).listen(Number(port), host);
