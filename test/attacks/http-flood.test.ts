import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { holdPorts, type TelemetryServer } from '../../telemetry/http/http-server.io.ts';

/** Whoever is on the pod network, as real sockets on loopback: what the kubelet asks is to be answered within a second all the same. */
const PROBES = 6;
const USUAL_SECONDS = 1;
/** One that comes late where the machine has other work, attackers and the kubelet being this process too: the chart's timeoutSeconds. */
const MOST_SECONDS = 5;
const LOOPBACK = { host: '127.0.0.1', port: 0 };

let server: TelemetryServer;
const attackers: Attack[] = [];

async function serve(metrics: () => string = () => 'prescale_leader 1\n'): Promise<void> {
  const held = await holdPorts({ listen: LOOPBACK, probeListen: LOOPBACK }, () => performance.now() / 1_000);
  held.show({
    metricsContentType: 'text/plain',
    metrics: async () => metrics(),
    unhealthy: () => [],
    unready: () => [],
  });
  server = held;
}

afterEach(async () => {
  for (const attack of attackers.splice(0)) attack.stop();
  await server.close();
});

interface Attacker {
  /** Sent as soon as it is connected. */
  readonly first?: string;
  /** Sent each second from then on. */
  readonly drip?: string;
  /** Takes no byte of the answer. */
  readonly reads?: boolean;
  /** Ends its own half once it has sent the first. */
  readonly halfCloses?: boolean;
  /** Until one that was cut comes again; default: 500…1,000. */
  readonly pauseMs?: number;
}

/** Sockets that stay as long as they may; each that is cut comes again within a second. */
class Attack {
  /** Each was connected once. */
  readonly standing: Promise<void>;
  private connected = 0;
  private readonly sockets = new Map<number, Socket>();
  private readonly dripping: NodeJS.Timeout;
  private stopped = false;

  constructor(port: number, count: number, addresses: number, attacker: Attacker) {
    this.standing = new Promise((resolve) => {
      const onConnect = () => {
        if (++this.connected === count) resolve();
      };
      for (let i = 0; i < count; i++) this.open(i, port, localAddress(i % addresses), attacker, onConnect);
    });
    this.dripping = setInterval(() => {
      for (const socket of this.sockets.values()) if (attacker.drip && socket.writable) socket.write(attacker.drip);
    }, 1_000);
    attackers.push(this);
  }

  stop(): void {
    this.stopped = true;
    clearInterval(this.dripping);
    for (const socket of this.sockets.values()) socket.destroy();
  }

  private open(i: number, port: number, from: string, attacker: Attacker, onConnect: () => void): void {
    const { first = '', reads = true, halfCloses = false } = attacker;
    const socket = connect({ port, host: '127.0.0.1', localAddress: from, allowHalfOpen: true });
    this.sockets.set(i, socket);
    socket.on('error', () => {});
    socket.on('connect', () => {
      onConnect();
      if (first !== '') socket.write(first);
      if (halfCloses) socket.end();
    });
    if (reads) socket.resume();
    const again = () => {
      socket.destroy();
      if (!this.stopped && this.sockets.get(i) === socket) this.open(i, port, from, attacker, onConnect);
    };
    socket.once('close', () => setTimeout(again, attacker.pauseMs ?? 500 + (i % 500)));
    if (reads && !halfCloses) socket.once('end', () => socket.destroy());
  }
}

/** All of 127.0.0.0/8 is this host. The first one is the kubelet's too: where packets are translated they share one. */
function localAddress(i: number): string {
  return `127.0.${Math.trunc(i / 200)}.${1 + (i % 200)}`;
}

/** What a probe gets, and in how many seconds: a new connection, as the kubelet makes one for each. */
function ask(port: number): Promise<{ readonly text: string; readonly seconds: number }> {
  const begin = performance.now();
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'));
    let text = '';
    const end = (error?: Error) => {
      clearTimeout(late);
      resolve({ text: error ? String(error) : text, seconds: (performance.now() - begin) / 1_000 });
    };
    const late = setTimeout(() => socket.destroy(new Error('no answer')), 1_000 * MOST_SECONDS);
    socket.on('data', (data) => {
      text += data;
      if (text.endsWith('\r\n\r\nok\n')) {
        end();
        socket.destroy();
      }
    });
    socket.on('error', end);
    socket.on('close', () => end());
  });
}

/** One after the other on each listener while the attack goes on. */
async function expectProbesAnswered({ standing }: Attack): Promise<void> {
  await standing;
  await pause(300);
  for (const port of [server.port, server.probes.port]) {
    const seconds: number[] = [];
    for (let i = 0; i < PROBES; i++) {
      const probe = await ask(port);
      expect(probe.text).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nok\n$/);
      seconds.push(probe.seconds);
      await pause(50);
    }
    seconds.sort((a, b) => a - b);
    expect(seconds[PROBES / 2]).toBeLessThan(USUAL_SECONDS);
    expect(seconds.at(-1)).toBeLessThan(MOST_SECONDS);
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const HEADERS = 'GET /healthz HTTP/1.1\r\nHost: x\r\n';
const DRIPPING_HEADERS: Attacker = { first: HEADERS, drip: 'x: y\r\n' };

/** On what both listeners answer. */
const ATTACKS: readonly [what: string, count: number, addresses: number, attacker: Attacker][] = [
  ['110 sockets of one address that send a header a second', 110, 1, DRIPPING_HEADERS],
  ['1,000 sockets of 1,000 addresses that send a header a second', 1_000, 1_000, DRIPPING_HEADERS],
  ['1,500 sockets of one address that send a header a second', 1_500, 1, DRIPPING_HEADERS],
  ['2,500 sockets of 500 addresses that say nothing', 2_500, 500, {}],
  [
    '500 requests whose announced body comes a byte a second',
    500,
    50,
    {
      first: 'POST /healthz HTTP/1.1\r\nHost: x\r\ncontent-length: 1000\r\n\r\n',
      drip: 'x',
    },
  ],
  [
    '500 requests whose chunked body never ends',
    500,
    50,
    {
      first: `${HEADERS}transfer-encoding: chunked\r\n\r\n`,
      drip: '1\r\nx\r\n',
    },
  ],
  ['500 connections that are kept alive and idle', 500, 50, { first: `${HEADERS}connection: keep-alive\r\n\r\n` }],
  ['500 connections that are half closed', 500, 50, { first: HEADERS, halfCloses: true }],
  ['50 connections of 1,000 requests sent ahead', 50, 50, { first: `${HEADERS}\r\n`.repeat(1_000), reads: false }],
];

describe('the probes are answered within a second', () => {
  describe.each(['http.listen', 'http.probeListen'] as const)('while strangers are on %s:', (attacked) => {
    it.each(ATTACKS)('%s', async (_, count, addresses, attacker) => {
      await serve();
      const port = attacked === 'http.listen' ? server.port : server.probes.port;
      await expectProbesAnswered(new Attack(port, count, addresses, attacker));
    });
  });
});

const LARGE = 'prescale_load{namespace="shop"} 1\n'.repeat(300_000);
const METRICS = 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n';

describe('what is expensive', () => {
  const BUSY_MS = 20;

  it('metrics that 50 connections ask for without a pause take a tenth of the time to make, and the probes are answered', async () => {
    let renders = 0;
    await serve(() => {
      renders++;
      const end = performance.now() + BUSY_MS;
      while (performance.now() < end);
      return 'prescale_leader 1\n';
    });
    const begin = performance.now();
    await expectProbesAnswered(new Attack(server.port, 50, 50, { first: METRICS, pauseMs: 0 }));
    const most = (performance.now() - begin) / (10 * BUSY_MS) + 1;
    expect(renders).toBeGreaterThan(1);
    expect(renders).toBeLessThanOrEqual(most);
  });

  it('10 MB of metrics that 40 of one address ask for at once and take are had by all of them, whole', async () => {
    await serve(() => LARGE);
    const url = `http://127.0.0.1:${server.port}/metrics`;
    const answers = await Promise.all(Array.from({ length: 40 }, async () => (await fetch(url)).text()));
    for (const answer of answers) expect(answer.length).toBe(LARGE.length);
  });

  it('10 MB of metrics that 200 connections ask for and do not take are in the memory of eight', async () => {
    await serve(() => LARGE);
    await expectProbesAnswered(new Attack(server.port, 200, 200, { first: METRICS, reads: false }));
    // Linux gives a connection 4 MB at most (net.ipv4.tcp_wmem).
    expect(untakenBytes(server.port)).toBeLessThan(9 * 4_194_304);
  });

  it('10 MB of metrics asked for 1,000 times ahead on each of 20 connections are made once and sent once', async () => {
    await serve(() => LARGE);
    const before = process.memoryUsage().rss;
    await expectProbesAnswered(new Attack(server.port, 20, 20, { first: METRICS.repeat(1_000), reads: false }));
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
  });
});

describe('a single connection', () => {
  it('whose request drips is cut, one that does not take its answer too, though there is room', async () => {
    await serve(() => LARGE);
    const slow = connect(server.port, '127.0.0.1', () => slow.write(METRICS));
    const dripping = connect(server.probes.port, '127.0.0.1', () => dripping.write(HEADERS));
    const drip = setInterval(() => dripping.write('x: y\r\n'), 500);
    for (const socket of [slow, dripping]) socket.on('error', () => {});
    const cut = new Promise<void>((resolve) => dripping.once('close', () => resolve()));
    dripping.resume();
    while (untakenBytes(server.port) === 0) await pause(10);
    await cut;
    clearInterval(drip);
    while (untakenBytes(server.port) > 0) await pause(100);
    slow.destroy();
  }, 30_000);
});

/** Bytes that connections of the port have sent and the other side has not taken, as the kernel counts them. */
function untakenBytes(port: number): number {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, address]) => address?.endsWith(local))
    .reduce((sum, fields) => sum + Number.parseInt(fields[4]!.split(':')[0]!, 16), 0);
}
