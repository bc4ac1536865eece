import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Loopback ports that nobody listens on. They lie under Linux's ephemeral range (32768…60999), so that no client
 * connection of another process takes one between this look and the server's start.
 */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let tries = 0; found.size < count; tries++) {
    if (tries > 100 * count) throw new Error(`found only ${found.size} of ${count} free ports in 15000…31999`);
    const port = randomInt(15_000, 32_000);
    if (!found.has(port) && (await isFree(port))) found.add(port);
  }
  return [...found];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
