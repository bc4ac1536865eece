import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** In front of a Prometheus: passes everything on and, while told to, marks each answer as VictoriaMetrics marks one that lacks nodes. */
export interface PartialAnswers {
  readonly url: string;
  partial: boolean;
  close(): Promise<void>;
}

export async function startPartialAnswers(prometheusUrl: string): Promise<PartialAnswers> {
  const proxy = { partial: false };
  const server = createServer(async (request, response) => {
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { 'content-type': type = 'application/json' } = request.headers;
      const method = request.method ?? 'GET';
      const more = method === 'GET' ? {} : { body: Buffer.concat(chunks), headers: { 'content-type': type } };
      const answer = await fetch(prometheusUrl + request.url, { method, ...more });
      const text = await answer.text();
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? type });
      response.end(proxy.partial && answer.ok ? marked(text) : text);
    } catch (error) {
      response.writeHead(502).end(String(error));
    }
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

function marked(text: string): string {
  return JSON.stringify({ ...(JSON.parse(text) as object), isPartial: true });
}
