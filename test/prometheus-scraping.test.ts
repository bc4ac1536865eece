import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AnsweredSeries, type PrometheusHttp, readAnswer } from '../collector/prometheus/answer.ts';
import { prometheusHttp } from '../collector/prometheus/http.io.ts';
import { type PrometheusServer, startPrometheus } from './prometheus-server.ts';

/*
 * When a series ends, as a real Prometheus has it that scrapes a real exporter: the rules of simulation/measurement/scraping.ts,
 * held against the server's own scrape times.
 */

const EVERY_SECONDS = 3;
const folder = mkdtempSync(join(tmpdir(), 'prescale-scraping-'));
const targetsFile = join(folder, 'targets.json');
const shown = { failing: false, other: true };
let exporter: Server;
let server: PrometheusServer;
let http: PrometheusHttp;

beforeAll(async () => {
  exporter = createServer((_, response) => {
    if (shown.failing) return void response.writeHead(500).end();
    const own = `own_time 1 ${Date.now() - 500}\n`;
    response.writeHead(200, { 'content-type': 'text/plain' }).end(`load 1\n${shown.other ? 'other 1\n' : ''}${own}`);
  });
  await new Promise<void>((resolve) => exporter.listen(0, '127.0.0.1', resolve));
  scrape(`127.0.0.1:${(exporter.address() as AddressInfo).port}`);
  const past = { times: Float64Array.of(1_714_521_600, 1_714_521_660), values: Float64Array.of(1, 1) };
  const config =
    `global: {scrape_interval: ${EVERY_SECONDS}s, scrape_timeout: 1s}\n` +
    `scrape_configs: [{job_name: test, file_sd_configs: [{files: ['${targetsFile}'], refresh_interval: 1s}]}]\n`;
  server = await startPrometheus('demand', past, { config });
  http = prometheusHttp({ url: server.url });
});
afterAll(async () => {
  await http?.close();
  await server?.stop();
  await new Promise((resolve) => exporter.close(resolve).closeAllConnections());
  rmSync(folder, { recursive: true });
});

function scrape(...targets: readonly string[]): void {
  writeFileSync(targetsFile, JSON.stringify([{ targets }]));
}

async function ask(query: string, atSeconds?: number): Promise<AnsweredSeries[]> {
  const time = atSeconds === undefined ? {} : { time: atSeconds.toFixed(3) };
  const { status, body } = await http.ask('/api/v1/query', { query, ...time });
  return readAnswer(http.name, status, body);
}
const isThere = async (query: string, atSeconds?: number) => (await ask(query, atSeconds)).length > 0;
/** Scrapes so far: [epoch seconds, whether it succeeded]. */
async function scrapes(): Promise<[number, boolean][]> {
  const [up] = await ask('up[10m]');
  return (up?.points ?? []).map(([time, value]) => [time, value === '1']);
}
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 200));
}
/** Two further scrapes happen. @returns their times */
async function twoMore(): Promise<[number, number]> {
  const before = (await scrapes()).length;
  await until(async () => (await scrapes()).length >= before + 2);
  const [first, second] = (await scrapes()).slice(before);
  return [first![0], second![0]];
}

it('a series that is no longer shown ends at the next scrape; one with times of its own never does', async () => {
  await until(() => isThere('load'));
  await twoMore();
  shown.other = false;
  await twoMore();
  const hidden = (await scrapes()).map(([time]) => time);
  const there = await Promise.all(hidden.map((time) => isThere('other', time)));
  // There from the first scrape on, then not; it went exactly at a scrape.
  const ended = there.lastIndexOf(true) + 1;
  expect(ended).toBeLessThan(hidden.length);
  expect(await isThere('other', hidden[ended]! - 0.002)).toBe(true);
  expect(await isThere('load', hidden[ended]!)).toBe(true);
});

it('a scrape that fails ends all at its own time, and the next one that does not begins them again', async () => {
  shown.failing = true;
  await until(async () => (await scrapes()).filter(([, ok]) => !ok).length >= 2);
  shown.failing = false;
  await until(async () => (await scrapes()).at(-1)![1]);
  const all = await scrapes();
  for (const [time, ok] of all) expect(await isThere('load', time), `${time}`).toBe(ok);
  const failed = all.findIndex(([, ok]) => !ok);
  expect(await isThere('load', all[failed]![0] - 0.002)).toBe(true);
  expect(await isThere('own_time', all[failed]![0])).toBe(true);
});

it('of a target that is gone all ends at the scrape that would have been next', async () => {
  scrape();
  await until(async () => !(await isThere('load')));
  const [last] = (await scrapes()).at(-1)!;
  expect(await isThere('load', last + 0.4 * EVERY_SECONDS)).toBe(true);
  expect(await isThere('load', last + 1.6 * EVERY_SECONDS)).toBe(false);
  expect(await isThere('own_time', last + 10 * EVERY_SECONDS)).toBe(true);
});
