import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A Prometheus as far as the addon asks one, with a load for each workload computed on the spot. */
export interface PrometheusFront {
  readonly url: string;
  requests: number;
  close(): Promise<void>;
}

/** @param load of the workload `name` at an instant, epoch seconds */
export async function servePrometheus(load: (name: string, epochSeconds: number) => number): Promise<PrometheusFront> {
  const front = { url: '', requests: 0, close: async () => {} };
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      front.requests++;
      const { pathname, searchParams } = new URL(request.url!, 'http://prometheus');
      const body = new URLSearchParams(Buffer.concat(pieces).toString('utf8'));
      const parameter = (name: string) => body.get(name) ?? searchParams.get(name) ?? '';
      const data = pathname.endsWith('/query_range') ? range(load, parameter) : instant(load, parameter);
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ status: 'success', data }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  front.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  front.close = async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return front;
}

type Parameter = (name: string) => string;
type LoadOf = (name: string, epochSeconds: number) => number;

/** The template is `sum(load{app="$name"})`, so an expression names its workload. */
const APP = /app="([^"]*)"/;

function range(load: LoadOf, parameter: Parameter): object {
  const name = APP.exec(parameter('query'))![1]!;
  const [start, end, step] = [Number(parameter('start')), Number(parameter('end')), Number(parameter('step'))];
  const values: [number, string][] = [];
  for (let t = start; t <= end; t += step) values.push([t, load(name, t).toFixed(3)]);
  return { resultType: 'matrix', result: [{ metric: {}, values }] };
}

/** One expression, or many joined by `or`, each marked by label_replace("…", "prescale_query", "<index>", …). */
function instant(load: LoadOf, parameter: Parameter): object {
  const time = Number(parameter('time'));
  const query = parameter('query');
  const names = [...query.matchAll(new RegExp(APP, 'g'))].map((match) => match[1]!);
  const marks = [...query.matchAll(/"prescale_query", "(\d+)"/g)].map((match) => match[1]!);
  const result = names.map((name, i) => ({
    metric: marks[i] === undefined ? {} : { prescale_query: marks[i] },
    value: [time, load(name, time).toFixed(3)],
  }));
  return { resultType: 'vector', result };
}
