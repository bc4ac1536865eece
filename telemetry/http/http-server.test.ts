import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { runs } from '../../test/property.ts';
import type { RoleView } from './addon-view.ts';
import { holdPorts, serveTelemetry, type TelemetryServer } from './http-server.io.ts';

const LOOPBACK = { host: '127.0.0.1', port: 0 };

let server: TelemetryServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function serve(changes: Partial<RoleView> = {}): Promise<string> {
  server = await serveTelemetry(
    { host: '127.0.0.1', port: 0 },
    {
      metricsContentType: 'text/plain; version=0.0.4',
      metrics: async () => 'prescale_leader 1\n',
      unhealthy: () => [],
      unready: () => [],
      ...changes,
    },
  );
  return `http://127.0.0.1:${server.port}`;
}

/** One raw request; all that comes back until the server closes. */
function raw(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    let all = '';
    socket.on('data', (data) => {
      all += data;
    });
    socket.on('close', () => resolve(all));
    socket.on('error', reject);
  });
}

/** All that comes back for these bytes, after which this side says no more; '' too where the connection is reset. */
function exchange(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.end(bytes));
    let all = '';
    socket.on('data', (data) => {
      all += data;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(all));
  });
}

describe('the probes', () => {
  it('say ok, or 503 and all reasons, a line each', async () => {
    const reasons = ['the API server is unreachable: check the NetworkPolicy', 'no metric source answers'];
    const url = await serve({ unready: () => reasons });
    const [health, ready] = await Promise.all([fetch(`${url}/healthz`), fetch(`${url}/readyz`)]);
    expect([health.status, await health.text()]).toEqual([200, 'ok\n']);
    expect([ready.status, await ready.text()]).toEqual([503, `${reasons.join('\n')}\n`]);
  });

  it('fail where the last sync is too old', async () => {
    const url = await serve({ unhealthy: () => ['no sync for 90 s'] });
    expect((await fetch(`${url}/healthz`)).status).toBe(503);
  });
});

describe('what is shown', () => {
  it('metrics come with the content type that Prometheus asks for', async () => {
    const answer = await fetch(`${await serve()}/metrics`);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4');
    expect(await answer.text()).toBe('prescale_leader 1\n');
  });

  it('nothing of workloads: that is the console’s, which knows who asks', async () => {
    const url = await serve();
    for (const path of ['/api/v1/workloads', '/api/v1/workloads/shop/Deployment/web', '/api/v1/fleet']) {
      const answer = await fetch(url + path);
      expect([answer.status, await answer.text()]).toEqual([
        404,
        'nothing here; there are /metrics, /healthz and /readyz\n',
      ]);
    }
  });
});

describe('the listener of the probes', () => {
  it('answers them as the other one does, and nothing else', async () => {
    const url = await serve({ unready: () => ['no metric source answers'] });
    const probes = `http://127.0.0.1:${server!.probes.port}`;
    for (const path of ['/healthz', '/readyz?verbose']) {
      const [one, other] = await Promise.all([url, probes].map((at) => fetch(at + path)));
      expect([one!.status, await one!.text()]).toEqual([other!.status, await other!.text()]);
    }
    for (const path of ['/metrics', '/api/v1/workloads', '/']) {
      const answer = await fetch(probes + path);
      expect([answer.status, await answer.text()]).toEqual([
        404,
        'probes of Prescale: there are /healthz and /readyz here; the rest is on http.listen\n',
      ]);
    }
    expect((await fetch(`${probes}/healthz`, { method: 'PUT', body: 'x' })).status).toBe(405);
  });
});

describe('what is refused', () => {
  it('everything but reading', async () => {
    const url = await serve();
    const answer = await fetch(`${url}/metrics`, { method: 'POST', body: 'x' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    const head = await fetch(`${url}/metrics`, { method: 'HEAD' });
    expect([head.status, await head.text(), head.headers.get('content-length')]).toEqual([200, '', '18']);
  });

  it('long addresses, huge headers, what is no HTTP', async () => {
    const url = await serve();
    expect((await fetch(`${url}/${'a'.repeat(2000)}`)).status).toBe(414);
    const { port } = server!;
    expect(await raw(port, `GET / HTTP/1.1\r\nHost: x\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1.1 431 /);
    expect(await raw(port, 'hello\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /);
  });

  it('whatever bytes come: each gets an answer or none, and the next one is answered', async () => {
    await serve();
    const ports = [server!.port, server!.probes.port];
    const part = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom(
        'GET ',
        'HEAD ',
        '/healthz',
        '/api/v1/workloads/',
        '%',
        ' HTTP/1.1',
        '\r\n',
        '\r\n\r\n',
        'Host: x',
        '..',
        '\0',
      ),
    );
    const sent = fc.array(part, { maxLength: 12 }).map((parts) => Buffer.from(parts.join('')));
    await fc.assert(
      fc.asyncProperty(fc.array(sent, { minLength: 20, maxLength: 20 }), async (all) => {
        const answers = await Promise.all(all.map((bytes, i) => exchange(ports[i % 2]!, bytes)));
        for (const answer of answers) expect(answer).toMatch(/^$|^HTTP\/1\.1 (?:200|400|404|405|414|431) /);
        for (const port of ports) expect(await exchange(port, 'GET /healthz HTTP/1.1\r\n\r\n')).toMatch(/ok\n$/);
      }),
      { numRuns: runs(30) },
    );
  });

  it('a failure is a 500 that gives nothing away', async () => {
    const url = await serve({
      metrics: async () => {
        throw new Error('https://ops:hunter2@prometheus');
      },
    });
    const answer = await fetch(`${url}/metrics`);
    expect([answer.status, await answer.text()]).toEqual([500, 'Error: the log says more\n']);
  });
});

describe('listening', () => {
  it('ends with the answers that were asked for, and takes nothing new', async () => {
    let finish = (_: string) => {};
    const asked = new Promise<void>((resolve) => {
      void serve({
        metrics: () => {
          resolve();
          return new Promise((done) => {
            finish = done;
          });
        },
      });
    });
    while (server === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
    const url = `http://127.0.0.1:${server.port}/metrics`;
    const answer = fetch(url, { headers: { connection: 'close' } });
    await asked;
    const closed = server.close();
    await expect(fetch(url)).rejects.toThrow();
    finish('late\n');
    expect(await (await answer).text()).toBe('late\n');
    await closed;
  });

  it('on a taken port says which, what holds it where that is known, and what to set', async () => {
    await serve();
    const at = `http.listen: 127.0.0.1:${server!.port}`;
    const again = () => serveTelemetry({ host: '127.0.0.1', port: server!.port }, {} as RoleView);
    await expect(again()).rejects.toThrow(
      `${at} is taken by another Prescale: stop it, or set http.listen to a free port`,
    );
    const { port } = server!;
    await server!.close();
    const other = createServer((_, response) => response.end('hello')).listen(port, '127.0.0.1');
    await once(other, 'listening');
    await expect(again()).rejects.toThrow(`${at} is taken: stop what listens there, or set http.listen to a free port`);
    other.close();
  });

  it('on a taken port waits for a holder that is short of CPU', async () => {
    const late = createServer((_, response) => setTimeout(() => response.end('prescale_up 1\n'), 1_200));
    await once(late.listen(0, '127.0.0.1'), 'listening');
    const { port } = late.address() as AddressInfo;
    await expect(serveTelemetry({ host: '127.0.0.1', port }, {} as RoleView)).rejects.toThrow(/is taken by another/);
    late.close();
  });

  it('with a taken port for probes holds none', async () => {
    await serve();
    const { probes } = server!;
    const free = await serveTelemetry(LOOPBACK, {} as RoleView);
    await free.close();
    const both = () => holdPorts({ listen: { ...LOOPBACK, port: free.port }, probeListen: probes }, () => 0);
    await expect(both()).rejects.toThrow(
      `http.probeListen: 127.0.0.1:${probes.port} is taken by another Prescale: stop it, or set http.probeListen to a free port`,
    );
    const again = await serveTelemetry({ ...LOOPBACK, port: free.port }, {} as RoleView);
    await again.close();
  });

  it('holds its ports before there is anything to show, and says that it is starting', async () => {
    const held = await holdPorts({ listen: LOOPBACK, probeListen: LOOPBACK }, () => 0);
    server = held;
    const ask = async (path: string) => (await fetch(`http://127.0.0.1:${held.port}${path}`)).text();
    expect([await ask('/healthz'), await ask('/readyz')]).toEqual(['ok\n', 'it is starting\n']);
    const early = await fetch(`http://127.0.0.1:${held.port}/api/v1/workloads`);
    expect([early.status, await early.text()]).toEqual([503, 'it is starting\n']);
    held.show({ metricsContentType: 'text/plain', metrics: async () => '', unhealthy: () => [], unready: () => [] });
    expect(await ask('/readyz')).toBe('ok\n');
  });
});
