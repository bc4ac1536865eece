import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiFront, askBehind, type BehindAnswer, serveApi } from '../benchmarks/report-all/api-front.ts';
import type { Savings } from '../cli/commands/report/savings-rows.ts';
import { ApiError } from '../kubernetes/api.ts';
import type { PrometheusServer } from './prometheus-server.ts';
import { busy, cluster, END, HOSTILE_NAME, NAMESPACE, prometheusOf, SHOPS } from './report-world.ts';
import { prescale } from './spawn-prescale.ts';

/*
 * `prescale report --all` with nothing but a kubeconfig: an API server in memory with 62 workloads behind HTTP, and behind its proxy to
 * Services a real Prometheus that holds their CPU counters of fourteen days.
 */
const folder = mkdtempSync(join(tmpdir(), 'prescale-savings-'));
let prometheus: PrometheusServer;
/** Which the API server leads to. */
let served: PrometheusServer;
let api: ApiFront;
let isDown = false;
/** Range queries as they came to the API server, and how each ended. */
let asked: { readonly url: string; readonly ended: number | string }[] = [];
async function answered(url: URL): Promise<BehindAnswer> {
  if (isDown) return { status: 503, body: '{"kind":"Status","message":"no endpoints available"}' };
  const note = (ended: number | string) => {
    if (url.pathname.endsWith('/query_range')) asked.push({ url: String(url), ended });
  };
  try {
    const answer = await askBehind(served.url, url);
    note(answer.status);
    return answer;
  } catch (error) {
    note(String(error));
    throw error;
  }
}
beforeAll(async () => {
  prometheus = await prometheusOf(SHOPS);
  served = prometheus;
  api = await serveApi(cluster, answered, folder);
});
afterAll(async () => {
  await api?.stop();
  await prometheus?.stop();
  rmSync(folder, { recursive: true });
});

/** Of the fortnight only so much is replayed. */
const TWO_DAYS = ['--start', '9d'];

type Row = Readonly<Record<string, string>>;

const report = (out: string, ...args: string[]) =>
  prescale(['report', '--kubeconfig', api.kubeconfig, '--end', String(END), '--out', join(folder, out), ...args], {
    cwd: folder,
  });

/** Range queries that the server itself counted. */
async function rangeQueries(): Promise<number> {
  const text = await (await fetch(`${served.url}/metrics`)).text();
  const lines = text.matchAll(
    /^prometheus_http_requests_total\{code="\d+",handler="\/api\/v1\/query_range"\} (\d+)$/gm,
  );
  return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
}

// Each replays by the minute: 15 s on a machine that does nothing else, many times that on a busy one.
describe('report --all', { timeout: 600_000 }, () => {
  it('of 62 workloads and fourteen days: a few queries, the best replayed, the others bound only, the rest skipped with its reason', async () => {
    asked = [];
    const before = await rangeQueries();
    const { code, stdout, stderr } = await report('all', '--all', '--budget', '1h');
    expect(stderr).toMatch(
      /^Prometheus: Prometheus monitoring\/prometheus: the only candidate; .*asked through the API server\n$/,
    );
    const savings: Savings = JSON.parse(readFileSync(join(folder, 'all/index.json'), 'utf8'));
    // 2 of Deployments, 1 of the one whose pods' names are cut, 1 of the Widget; two pages by the minute of the four best. None is split or
    // planned anew: more are asked only where the same one was asked again, as the way to Prometheus failed.
    const failed = asked.filter(({ ended }) => ended !== 200);
    expect(new Set(asked.map(({ url }) => url)).size).toBe(6);
    expect(asked.length - failed.length).toBe(6);
    expect({ queries: savings.queries, failed }).toEqual({ queries: 6 + failed.length, failed });
    expect(await rangeQueries()).toBe(before + asked.filter(({ ended }) => typeof ended === 'number').length);
    expect(savings.totals).toMatchObject({ found: 62, replayed: 4, boundOnly: 55, skipped: 3 });
    const skipped = Object.fromEntries(savings.skipped.map(({ workload, why }) => [workload, why]));
    expect(skipped).toEqual({
      'shop/Deployment/greedy': expect.stringMatching(/^its container app requests no CPU/),
      'shop/Deployment/unseen': 'Prometheus has no CPU usage of its pods',
      'shop/Deployment/young': expect.stringMatching(/^found 2 d of data; expected 7 d of history/),
    });
    expect(savings.skipped.some(({ fault }) => fault)).toBe(false);
    expect(code).toBe(0);
    const [first, hostile, second, third, fourth] = savings.rows;
    // Twelve pods for a load that needs four on average: the most to save.
    expect(first).toMatchObject({ name: 'search', basis: 'replayed', baseline: 'fixed', baselineLabel: '12 pods' });
    expect(hostile).toMatchObject({ name: HOSTILE_NAME, basis: 'replayed', annotate: null });
    expect([second, third].map((row) => row!.name).sort()).toEqual(['paused', 'web']);
    expect(second).toMatchObject({
      basis: 'replayed',
      baseline: 'own-hpa',
      baselineLabel: 'cpu at 60 % of the request, 2-20 pods',
    });
    expect(savings.rows.find(({ name }) => name === 'gadget')).toMatchObject({ kind: 'Widget', baseline: 'own-hpa' });
    expect(fourth).toMatchObject({ basis: 'bound', prescale: null, report: null });
    for (const row of [first!, second!, third!]) {
      expect(row.savedShare).toBeGreaterThan(0.1);
      expect(row.prescale!.servedShare).toBeGreaterThan(0.999);
    }
    expect([first, second, third].map((row) => row!.name === 'paused' && row!.optedIn)).toContain(true);
    expect(stdout).toContain(`62 found · 4 replayed · 55 bound only · 3 skipped · ${savings.queries} queries`);
    expect(stdout).toContain(
      'kubectl -n shop annotate deployment/search prescale.dev/enabled=true prescale.dev/mode=observe',
    );
    const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(
      JSON.parse(readFileSync('schemas/savings.schema.json', 'utf8')),
    );
    validate(savings);
    expect(validate.errors).toBeNull();
  });

  it('the demand that was replayed is the load that was measured, and a gap in it stays a gap', () => {
    const rows = (name: string) =>
      readFileSync(join(folder, `all/shop_deployment_${name}/demand.csv`), 'utf8')
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((line) => line.split(',').map(Number) as [number, number]);
    const web = rows('web');
    expect(web.length).toBeGreaterThan(14 * 1440 - 5);
    for (const [at, cores] of web) expect(Math.abs(cores - busy(at))).toBeLessThan(0.05);
    const paused = rows('paused');
    expect(web.length - paused.length).toBeGreaterThan(6 * 60 - 5);
    expect(paused.every(([, cores]) => cores > 0.4)).toBe(true);
    expect(readdirSync(join(folder, 'all/shop_deployment_web')).sort()).toEqual(
      ['demand.csv', 'hpa.yaml', 'report.html', 'report.json', 'timeline.csv'].sort(),
    );
  });

  it('a hostile name is a name: in the folder of its report, the page and the CSV', () => {
    const folders = readdirSync(join(folder, 'all'));
    expect(folders.filter((name) => name.startsWith('shop_deployment_-1'))).toEqual([
      'shop_deployment_-1-1---i-..--.--',
    ]);
    const page = readFileSync(join(folder, 'all/index.html'), 'utf8');
    expect(page).not.toContain('<i>');
    expect(page).toContain('shop/Deployment/=1+1,&quot;&lt;i&gt;../(.*\\');
    const [row] = (parse(readFileSync(join(folder, 'all/savings.csv'), 'utf8'), { columns: true }) as Row[]).filter(
      ({ name }) => name?.includes('1+1'),
    );
    expect(row).toMatchObject({ name: `'${HOSTILE_NAME}`, basis: 'replayed', baseline_words: '9 pods' });
  });

  it('a budget that is spent before anything was asked: nothing was read, and it says what would help', async () => {
    const { code, stdout, stderr } = await report('short', '-n', NAMESPACE, '--budget', '1ms', '-o', 'json');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/the budget of time was spent before it was asked for; --budget gives more/);
  });

  it('Prometheus gone: nothing was read, and nothing is written', async () => {
    isDown = true;
    const { code, stdout, stderr } = await report('down', '--all').finally(() => {
      isDown = false;
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/ and \d+ more: .*no endpoints available.*nothing to report: none of 62 was read/s);
    // Once, and not for each of them.
    expect(stderr.match(/no endpoints available/g)).toHaveLength(1);
    expect(readdirSync(folder)).not.toContain('down');
  });

  it('StatefulSets may not be listed: the others are done, and it says so', async () => {
    cluster.intercept = ({ path }) =>
      path.endsWith('/statefulsets')
        ? { error: new ApiError('statefulsets is forbidden', 403, 'Forbidden') }
        : undefined;
    const { code, stdout } = await report('some', '--all', ...TWO_DAYS, '--budget', '1h', '-o', 'csv').finally(() => {
      cluster.intercept = undefined;
    });
    expect(code).toBe(3);
    expect(stdout).toMatch(
      /^rank,namespace,.*\n1,shop,Deployment,search,no,replayed,.*\n,,,all statefulsets,,failed,/s,
    );
  });

  it('HPAs may not be listed: no workload is taken to have none, and each form of the report says so', async () => {
    cluster.intercept = ({ path }) =>
      path.endsWith('/horizontalpodautoscalers')
        ? { error: new ApiError('hpas is forbidden', 403, 'Forbidden') }
        : undefined;
    const { code, stdout } = await report('no-hpas', '--all', ...TWO_DAYS, '--budget', '1h').finally(() => {
      cluster.intercept = undefined;
    });
    expect(code).toBe(3);
    const note = "compared with an HPA at 70%, as HPAs can't be read: .*hpas is forbidden";
    expect(stdout.replace(/\s+/g, ' ')).toMatch(
      new RegExp(`Read with care .*: ${note}.* Failed all horizontalpodautoscalers: `),
    );
    const rows = parse(readFileSync(join(folder, 'no-hpas/savings.csv'), 'utf8'), { columns: true }) as Row[];
    const compared = rows.filter(({ basis }) => basis === 'replayed' || basis === 'bound');
    expect(compared.length).toBe(58);
    for (const { baseline, notes } of compared) {
      expect(baseline).toBe('assumed-hpa');
      expect(notes).toMatch(new RegExp(note));
    }
    expect(rows.find(({ name }) => name === 'all horizontalpodautoscalers')).toMatchObject({ basis: 'failed' });
    const page = readFileSync(join(folder, 'no-hpas/index.html'), 'utf8');
    expect(page).toMatch(/<h2>Failed<\/h2><ul><li>all horizontalpodautoscalers: can&#39;t be listed: /);
    expect(page.match(/as HPAs can&#39;t be read/g)).toHaveLength(58);
  });

  it('in Chinese: pages and table; names in JSON and the header of the CSV stay as they are', async () => {
    const { code, stdout } = await report('zh', '--all', ...TWO_DAYS, '--budget', '1h', '--lang', 'zh');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^共 62 个 · 已回放 4 · 仅有上限 55 · 跳过 3 · 查询 \d+ 次\n/);
    const read = (name: string) => readFileSync(join(folder, 'zh', name), 'utf8');
    expect(read('index.html')).toContain('<html lang="zh-CN">');
    expect(read('shop_deployment_search/report.html')).toContain('<html lang="zh-CN">');
    expect(read('savings.csv')).toMatch(
      /^rank,namespace,kind,name,opted_in,basis,.*\n1,shop,Deployment,search,no,replayed,fixed,12 个 Pod,/,
    );
    const { skipped }: Savings = JSON.parse(read('index.json'));
    expect(skipped.map(({ why }) => why)).toContain('Prometheus has no CPU usage of its pods');
  });

  it.each([
    ['both', ['--all', '-n', NAMESPACE], /--all conflicts with --namespace/],
    ['neither', [], /report needs --all/],
    ['a namespace that none can be', ['-n', 'a/b'], /--namespace: found "a\/b"/],
    ['a price book that is none', ['--all', '--price', 'gold'], /gold/],
    ['a language that is none', ['--all', '--lang', 'fr'], /--lang: found "fr"; expected en or zh/],
    ['less than the history', ['--all', '--start', '3d'], /--start: found less than --history/],
    ['a server without --prometheus', ['--all', '--prometheus-user', 'me'], /need --prometheus <url>/],
  ])('wrong input, %s: exit code 2, nothing is asked and nothing written', async (_, args, message) => {
    const before = await rangeQueries();
    const { code, stdout, stderr } = await report('wrong', ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(await rangeQueries()).toBe(before);
    expect(readdirSync(folder)).not.toContain('wrong');
  });
});

describe('a Prometheus that holds few samples at a time', { timeout: 600_000 }, () => {
  const shops = SHOPS.filter(({ name }, i) => ['web', 'search', 'gadget'].includes(name) || i > 50);
  beforeAll(async () => {
    served = await prometheusOf(shops, ['--query.max-samples=20000']);
  });
  afterAll(async () => {
    await served?.stop();
    served = prometheus;
  });

  it('is asked for less at a time: all of it is read, by a bounded number of queries', async () => {
    const { code, stdout } = await report('few', '--all', '--budget', '1h', '-o', 'json');
    const savings: Savings = JSON.parse(stdout);
    expect(savings.skipped.filter(({ fault }) => fault)).toEqual([]);
    expect(savings.totals).toMatchObject({ found: 62, replayed: 2, boundOnly: shops.length - 2 });
    expect(code).toBe(0);
    expect(await rangeQueries()).toBe(savings.queries);
    expect(savings.queries).toBeLessThanOrEqual(120);
  });
});
