import { Agent, request } from 'undici';

/** Latencies of the console's API under a steady rate of requests, from the request to the last byte, and how many of them failed. */
export interface ApiFigures {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failed: number;
}

const pause = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000));

/** What pages ask for, as often as each in ten. */
const PATHS = [
  ...Array.from(
    { length: 6 },
    () => (i: number) => `/workloads/team-${i % LOOKED_AT}/Deployment/service-${i % LOOKED_AT}`,
  ),
  ...Array.from({ length: 2 }, () => (i: number) => `/fleet?limit=100&q=service-${i % LOOKED_AT}`),
  () => '/status',
  () => '/fleet?limit=1000',
];
/** What twenty people look at. */
const LOOKED_AT = 20;

/** Asks at an even pace, whether or not answers come, and waits for the last ones. @returns times from the asking to the last byte */
export async function askSteadily(url: string, aSecond: number, seconds: number): Promise<ApiFigures> {
  const agent = new Agent({ connections: 24 });
  const times: number[] = [];
  let failed = 0;
  const ask = async (path: string) => {
    const begun = performance.now();
    try {
      const answer = await request(`${url}/api/v1${path}`, {
        dispatcher: agent,
        headers: { 'accept-encoding': 'gzip' },
      });
      await answer.body.dump({ limit: 1e9 });
      if (answer.statusCode !== 200) failed++;
    } catch {
      failed++;
    }
    times.push(performance.now() - begun);
  };
  const begun = performance.now();
  const asked: Promise<void>[] = [];
  for (let i = 0; i < aSecond * seconds; i++) {
    asked.push(ask(PATHS[i % PATHS.length]!(Math.floor(i / PATHS.length))));
    await pause(Math.max(0, (begun + ((i + 1) * 1000) / aSecond - performance.now()) / 1000));
  }
  await Promise.all(asked);
  await agent.close();
  times.sort((a, b) => a - b);
  const at = (level: number) => times[Math.min(times.length - 1, Math.floor(level * times.length))]!;
  return { p50Ms: at(0.5), p99Ms: at(0.99), failed };
}
