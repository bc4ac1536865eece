import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FleetRow } from '../../console/fleet/fleet-row.ts';
import { DAY_SECONDS, HOUR_SECONDS } from '../../core/series.ts';
import { TICK_SECONDS } from '../../core/tick.ts';
import { fleetRows } from './console-answers.ts';
import { type DemandExporter, EXPORTER, startDemandExporter } from './demand-exporter.ts';
import { type Cluster, startCluster } from './harness.ts';
import { type InstalledPrescale, installPrescale, type RunningAddon } from './prescale.ts';
import { pause } from './server-process.ts';
import { type Load, loadOf } from './shifted-trace.ts';

const FLEET = 500;
/** What the fleet's workloads have of history: a forecast of three hours has no period, and a fit costs the same. */
const FLEET_HISTORY_MINUTES = 180;
const POD_CAPACITY = 10;
/** Fits one pod with a quarter of headroom; three times as much doesn't. */
const FLEET_LOAD = 8;
const AT_ONCE = 20;

const SALE_SECONDS_AFTER_START = 180;
const [FEW, MANY] = [3, 500];

let cluster: Cluster;
let exporter: DemandExporter;
let installed: InstalledPrescale;
let addon: RunningAddon;
let saleSeconds: number;

const epochSeconds = () => Date.now() / 1000;
const nameOf = (i: number) => `w${String(i).padStart(3, '0')}`;
const fleet = Array.from({ length: FLEET }, (_, i) => nameOf(i));
const seriesOf = (name: string) => `fleet_demand{app="${name}"}`;

beforeAll(async () => {
  const now = Math.floor(epochSeconds() / 60) * 60;
  saleSeconds = Math.ceil((epochSeconds() + SALE_SECONDS_AFTER_START) / 60) * 60;
  // Its history jumps at another hour, so that nothing but the rule asks for 500 pods now.
  const sale = dailyJump(saleSeconds - 6 * HOUR_SECONDS);
  exporter = await startDemandExporter();
  for (const name of fleet) exporter.set(seriesOf(name), FLEET_LOAD);
  exporter.follow('sale_demand', sale.at);
  cluster = await startCluster({
    // As recorded by the query: at each minute the mean of the one that ended. Loads jump on a minute, so half a minute back is it.
    backfill: [exporter.backfill('sale_demand', sale.past(now - 30), 60, now), fleetHistory(now)],
    scrape: { [EXPORTER]: exporter },
  });
  for (const namespace of ['fleet', 'shop']) await cluster.createNamespace(namespace);
  const templates = {
    fleet: { query: 'sum(avg_over_time(fleet_demand{app="$name"}[1m]))', unit: 'req/s' },
    sale: { query: 'sum(avg_over_time(sale_demand[1m]))', unit: 'req/s' },
    flat: { query: `sum(avg_over_time(${seriesOf(nameOf(0))}[1m]))`, unit: 'req/s' },
  };
  installed = await installPrescale(cluster, { values: { config: { prometheus: { templates } } } });
  addon = await installed.start();
});

/** From what 3 pods serve to what 500 do, at the same time each day, for two hours. */
function dailyJump(atSeconds: number): Load {
  return loadOf((seconds) => {
    const since = (((seconds - atSeconds) % DAY_SECONDS) + DAY_SECONDS) % DAY_SECONDS;
    return POD_CAPACITY * (since < 2 * HOUR_SECONDS ? MANY - 1 : FEW - 0.5);
  });
}

afterAll(async () => {
  await exporter?.close();
  await cluster?.stop();
});

/** One text of all series: a family's stand together, and promtool is started once. */
function fleetHistory(now: number): string {
  const past = new Float64Array(FLEET_HISTORY_MINUTES).fill(FLEET_LOAD);
  const rows = fleet.flatMap((name) =>
    exporter
      .backfill(seriesOf(name), past, 60, now)
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#')),
  );
  return ['# TYPE fleet_demand gauge', ...rows, '# EOF\n'].join('\n');
}

function optedIn(metric: string, maxReplicas: number): Record<string, string> {
  return {
    'prescale.dev/enabled': 'true',
    'prescale.dev/mode': 'auto',
    'prescale.dev/metric': metric,
    'prescale.dev/target': String(POD_CAPACITY),
    'prescale.dev/max-replicas': String(maxReplicas),
  };
}

/** Of all that opted in, by namespace. */
async function statuses(namespace: string): Promise<readonly FleetRow[]> {
  return (await fleetRows(addon)).filter(({ ref }) => ref.namespace === namespace);
}

async function eachAtOnce(names: readonly string[], work: (name: string) => Promise<unknown>): Promise<void> {
  const rest = [...names];
  const worker = async () => {
    for (let name = rest.shift(); name !== undefined; name = rest.shift()) await work(name);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

interface Write {
  readonly seconds: number;
  readonly workload: string;
  readonly from: number;
  readonly to: number;
}

/** Writes that succeeded, by the addon's log. */
function writesSince(seconds: number, namespace: string): Write[] {
  return addon
    .log()
    .split('\n')
    .filter((line) => line.includes('"message":"scaled"'))
    .map((line) => JSON.parse(line) as { time: string; workload: string; from: number; to: number })
    .map(({ time, ...write }) => ({ ...write, seconds: Date.parse(time) / 1000 }))
    .filter((write) => write.seconds >= seconds && write.workload.startsWith(`${namespace}/`));
}

/** Requests to the API server so far, by the addon's own count. */
async function apiRequests(): Promise<number> {
  const lines = (await addon.get('/metrics')).matchAll(/^prescale_api_requests_total\{.*\} (\S+)$/gm);
  return [...lines].reduce((sum, [, value]) => sum + Number(value), 0);
}

describe('one Deployment that goes from 3 to 500 pods', () => {
  it('at the hour of a sale gets them in one write, ahead by what 500 at once need', async () => {
    const begins = new Date(saleSeconds * 1000);
    const cron = `${begins.getUTCMinutes()} ${begins.getUTCHours()} * * *`;
    const bounds = JSON.stringify([{ cron, timeZone: 'UTC', duration: '1h', min: MANY }]);
    await cluster.createDeployment({
      namespace: 'shop',
      name: 'sale',
      replicas: FEW,
      startupSeconds: 5,
      jitterSeconds: 10,
      annotations: { ...optedIn('sale', MANY), 'prescale.dev/bounds': bounds },
    });
    // Whose load is flat: never more than one pod at once.
    await cluster.createDeployment({
      namespace: 'shop',
      name: 'single',
      replicas: 1,
      annotations: { ...optedIn('flat', 20), 'prescale.dev/mode': 'observe' },
    });
    const creating = eachAtOnce(fleet, (name) =>
      cluster.createDeployment({ namespace: 'fleet', name, replicas: 1, startupSeconds: 1 }),
    );
    await creating;
    // The leads of the tick of the write: they become shorter as the fleet's start-ups are measured.
    const written = await cluster.waitFor(
      'the write',
      async () => {
        const found = await statuses('shop');
        return found.some(({ ref, replicas }) => ref.name === 'sale' && (replicas.current ?? 0) > FEW) && found;
      },
      SALE_SECONDS_AFTER_START + 120,
    );
    const leadOf = (name: string) => {
      const { leadTimeSeconds, leadTimeSource } = written.find(({ ref }) => ref.name === name)!;
      return { seconds: leadTimeSeconds ?? Number.NaN, source: leadTimeSource };
    };
    console.log(
      written
        .map(({ ref, leadTimeSeconds, leadTimeSource }) => `${ref.name}: lead ${leadTimeSeconds} s (${leadTimeSource})`)
        .join('; '),
    );
    expect(leadOf('sale').seconds).toBeGreaterThan(leadOf('single').seconds);
    await pause(Math.max(0, (saleSeconds - epochSeconds()) * 1000));
    const readyAtSale = await cluster.readyPods('shop', 'sale');
    const writes = writesSince(0, 'shop').filter(({ workload }) => workload.endsWith('/sale'));
    const ahead = saleSeconds - (writes[0]?.seconds ?? Number.NaN);
    const steps = writes.map(({ from, to }) => `${from} → ${to}`).join(', ');
    console.log(`Sale: ${steps}, written ${ahead.toFixed(0)} s before it begins; ${readyAtSale} Ready when it does.`);
    expect(writes.map(({ from, to }) => [from, to])).toEqual([[FEW, MANY]]);
    expect(ahead).toBeGreaterThan(leadOf('sale').seconds - 1);
    // All of them where the machine is not busy with other things: how many is printed.
    await cluster.waitFor('all of them', async () => (await cluster.readyPods('shop', 'sale')) === MANY, 300);
  }, 1_800_000);
});

describe(`${FLEET} Deployments, each with a metric of its own`, () => {
  it('are all planned in one tick', async () => {
    const started = performance.now();
    await eachAtOnce(fleet, (name) =>
      cluster.api.request('PATCH', `/apis/apps/v1/namespaces/fleet/deployments/${name}`, {
        metadata: { annotations: optedIn('fleet', 20) },
      }),
    );
    const annotated = (performance.now() - started) / 1000;
    const shown = await cluster.waitFor(
      'all forecasts',
      async () => {
        const found = await statuses('fleet');
        // Of three hours: no day is learned, so the HPA's rule still decides, and the fits cost what they cost.
        const learned = found.filter(({ learnedDays }) => learnedDays > 0);
        return learned.length === FLEET && found;
      },
      300,
    );
    console.log(
      `${FLEET} annotated in ${annotated.toFixed(1)} s; all have a forecast ${((performance.now() - started) / 1000).toFixed(1)} s after the first.`,
    );
    expect(new Set(shown.map(({ decidedSeconds }) => decidedSeconds)).size).toBe(1);
    expect(shown.filter(({ error }) => error !== null)).toEqual([]);
  }, 1_000_000);

  it('cost few requests while nothing happens', async () => {
    const [before, started] = [await apiRequests(), epochSeconds()];
    await pause(60_000);
    const perSecond = ((await apiRequests()) - before) / (epochSeconds() - started);
    console.log(`${perSecond.toFixed(2)} requests a second to the API server at ${FLEET} workloads.`);
    expect(perSecond).toBeLessThanOrEqual(5);
  }, 225_000);

  it('are all scaled in one go when their load triples at once', async () => {
    // Right after a tick, so that the next one sees 15 s of it in every series.
    await pause((TICK_SECONDS - (epochSeconds() % TICK_SECONDS) + 0.5) * 1000);
    const since = epochSeconds();
    for (const name of fleet) exporter.set(seriesOf(name), 3 * FLEET_LOAD);
    const first = await cluster.waitFor(
      '500 writes',
      async () => {
        const found = new Map<string, Write>();
        for (const write of writesSince(since, 'fleet'))
          if (!found.has(write.workload)) found.set(write.workload, write);
        return found.size === FLEET && [...found.values()];
      },
      240,
    );
    const times = first.map(({ seconds }) => seconds);
    const [begin, end] = [Math.min(...times), Math.max(...times)];
    const tick = Math.floor(begin / TICK_SECONDS) * TICK_SECONDS;
    console.log(
      `${FLEET} scale-ups: first to last ${(end - begin).toFixed(2)} s (promised: 5), the first ${(begin - tick).toFixed(2)} s after ` +
        `its tick began, ${(tick - since).toFixed(0)} s after the load tripled.`,
    );
    expect(first.every(({ from, to }) => to > from)).toBe(true);
    // How long it takes is the machine's; that nobody is written twice before all were once is ours.
    expect(writesSince(since, 'fleet').filter(({ seconds }) => seconds <= end)).toHaveLength(FLEET);
  }, 750_000);
});
