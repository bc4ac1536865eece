// Readers of the console, on a thread of their own: tabs that ask as pages do, and some that take nothing of what they asked for.
import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

const { port, tabs, slow } = workerData;
const EVERY_MS = 1_000;
const agent = new Agent({ keepAlive: true });
const counts = { answered: 0, failed: 0, standing: 0 };

function ask(path, tag) {
  return new Promise((resolve) => {
    const headers = { host: 'localhost', 'accept-encoding': 'gzip', ...(tag && { 'if-none-match': tag }) };
    const request = get({ port, host: '127.0.0.1', path: `/api/v1${path}`, headers, agent }, (answer) => {
      answer.resume().on('end', () => {
        if (answer.statusCode === 200 || answer.statusCode === 304) counts.answered++;
        else counts.failed++;
        resolve(answer.headers.etag);
      });
    });
    request.on('error', () => {
      counts.failed++;
      resolve(tag);
    });
  });
}

async function tab() {
  let tag;
  for (;;) {
    tag = await ask('/fleet?limit=1000', tag);
    await ask('/workloads/shop/Deployment/web');
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}

/** Asks for all that there is and reads nothing; comes again within a second once it is cut. */
function slowReader(i) {
  const socket = connect(port, '127.0.0.1', () => {
    counts.standing++;
    socket.write('GET /api/v1/fleet?limit=1000 HTTP/1.1\r\nHost: localhost\r\n\r\n');
  });
  socket.pause().on('error', () => {});
  // Whoever reads nothing does not see that it was cut: it writes on, and is told so.
  const writing = setInterval(() => socket.write('GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n'), EVERY_MS);
  socket.once('close', () => {
    clearInterval(writing);
    counts.standing--;
    setTimeout(slowReader, 500 + 5 * i, i);
  });
}

for (let i = 0; i < tabs; i++) void tab();
for (let i = 0; i < slow; i++) slowReader(i);
parentPort.on('message', () => parentPort.postMessage(counts));
