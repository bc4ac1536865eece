import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { RequestTooLarge } from './answer.ts';
import { DEFAULT_LIMITS, prometheusHttp } from './http.io.ts';

let server: Server | undefined;
afterEach(() => {
  server?.close();
});

/** A server that always answers so; counts how often. */
async function answering(
  status: number,
  body: string,
): Promise<{ readonly url: string; readonly asked: () => number }> {
  let asked = 0;
  const listening = createServer((_, response) => {
    asked++;
    response.writeHead(status).end(body);
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}`, asked: () => asked };
}

it.each([413, 414, 431])('HTTP %i: the request is too large, and is not made again as it is', async (status) => {
  const { url, asked } = await answering(status, '<html>nginx</html>');
  const http = prometheusHttp({ url }, DEFAULT_LIMITS, async () => {});
  await expect(http.ask('/api/v1/query_range', { query: 'up' })).rejects.toBeInstanceOf(RequestTooLarge);
  expect(asked()).toBe(1);
  await http.close();
});

it('who counts requests is asked before each further attempt', async () => {
  const { url, asked } = await answering(503, 'unavailable');
  let left = 2;
  const mayRetry = () => left-- > 0;
  const http = prometheusHttp({ url }, { ...DEFAULT_LIMITS, mayRetry }, async () => {});
  await expect(http.ask('/api/v1/query_range', { query: 'up' })).rejects.toThrow('tried 3 times');
  expect(asked()).toBe(3);
  await http.close();
});
