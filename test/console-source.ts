import type { FiguresOrigin, WorkloadDetail } from '../addon/console/console-data.ts';
import { describeReason } from '../addon/status/describe.ts';
import { explainChain } from '../addon/status/explain-chain.ts';
import { RecentDecisions } from '../addon/status/recent-decisions.ts';
import { type Auth, type ConsoleApp, type ConsoleAppParts, consoleApp } from '../console/api/app.ts';
import type { ConsoleSource } from '../console/api/source.ts';
import { FleetFeed } from '../console/fleet/fleet-feed.ts';
import { FleetTable } from '../console/fleet/fleet-table.ts';
import { WorldError } from '../core/errors.ts';
import { workloadKey } from '../core/workload.ts';
import type { Baseline, NoBaseline, WorkloadStatus } from '../core/workload-status.ts';
import { EXAMPLE_SECONDS } from './example-status.ts';

const ORIGIN: FiguresOrigin = {
  replica: 'prescale-a',
  leads: true,
  leader: 'prescale-a',
  figuresSeconds: EXAMPLE_SECONDS,
  nowSeconds: EXAMPLE_SECONDS + 5,
  stored: 'own',
  note: null,
};
const NOT_SIMULATED = { why: 'not simulated yet', madeSeconds: null };

/** What the console answers from, with these statuses: the last hour was as now, the next day can't be forecast yet. */
export function consoleSource(
  statuses: readonly WorkloadStatus[],
  changes: Partial<ConsoleSource> = {},
  origin: Partial<FiguresOrigin> = {},
  baseline: Baseline | NoBaseline = NOT_SIMULATED,
): ConsoleSource {
  const head = { ...ORIGIN, ...origin };
  const fleet = new FleetTable();
  fleet.take(
    new FleetFeed().message(
      statuses,
      { ...head, version: '1.2.3', faults: [] },
      new Map(statuses.map(({ ref }) => [workloadKey(ref), baseline])),
    ),
  );
  const known = (key: string) => statuses.find(({ ref }) => workloadKey(ref) === key);
  const recent = new RecentDecisions();
  for (let minute = -59; minute <= 0; minute++) {
    recent.record(statuses.map((one) => ({ ...one, decidedSeconds: one.decidedSeconds + minute * 60 })));
  }
  return {
    fleet,
    workload: async (key): Promise<WorkloadDetail | undefined> => {
      const status = known(key);
      if (!status) return undefined;
      const row = { key, status, why: describeReason(status), baseline };
      return {
        ...head,
        row,
        chain: explainChain(status),
        minutes: recent.minutes(key),
        decisions: recent.decisions(key),
        decisionsTruncated: recent.truncated(key),
        startup: null,
        stages: [],
      };
    },
    object: async (key) =>
      known(key) && {
        settings: [{ annotation: 'prescale.dev/slo', written: null, understood: '99.99%' }],
        settingsProblem: null,
        events: [
          {
            type: 'Normal',
            reason: 'Scaled',
            message: '6 → 9',
            count: 1,
            by: 'prescale.dev/prescale',
            atSeconds: EXAMPLE_SECONDS,
          },
        ],
        eventsTruncated: false,
        eventsProblem: null,
      },
    sparklines: async (keys) =>
      new Map(
        keys
          .filter(known)
          .map((key) => [
            key,
            { startSeconds: EXAMPLE_SECONDS, stepSeconds: 1_800, values: Float32Array.of(1, Number.NaN) },
          ]),
      ),
    series: async (key, fromSeconds) =>
      known(key) && {
        metrics: [
          {
            metric: 'http-requests',
            unit: 'req/s',
            demand: { startSeconds: fromSeconds, stepSeconds: 60, values: Float32Array.of(800, Number.NaN, 0.1) },
            forecast: null,
            upper: null,
          },
        ],
        leadTimeSeconds: 21,
        replicas: [[fromSeconds, 6]],
      },
    journal: async (key, { limit }) => {
      const status = known(key);
      if (!status) return undefined;
      const all = recent.decisions(key).map(({ atSeconds, from, to }) => ({
        ...({ atSeconds, from, to, by: 'prescale', field: 'replicas' } as const),
        reason: status.reasons.at(-1) ?? null,
        why: describeReason(status),
      }));
      return { entries: all.reverse().slice(0, limit), nextBeforeSeconds: null, sinceSeconds: EXAMPLE_SECONDS - 3600 };
    },
    forecast: async () => {
      throw new WorldError('a day of demand has to be recorded before a day can be forecast: 0.5 hours are');
    },
    bounds: async () => ({ why: 'not made yet' }),
    prepareWhatIf: () => true,
    whatIf: async () => undefined,
    nowSeconds: () => EXAMPLE_SECONDS + 5,
    ...changes,
  };
}

/** Asks without a server. */
export async function answerOf(
  app: ConsoleApp,
  target: string,
  headers: Readonly<Record<string, string>> = { host: 'localhost' },
  method = 'GET',
): Promise<Response> {
  const { status, headers: told, body } = await app.answer({ method, target, header: (name) => headers[name] });
  return new Response(status === 304 ? null : body, { status, headers: told });
}

/** The console of a pod's loopback with these statuses. */
export function consoleOf(statuses: readonly WorkloadStatus[], origin: Partial<FiguresOrigin> = {}) {
  return appOf(consoleSource(statuses, {}, origin));
}

export function appOf(
  source: ConsoleSource,
  auth: Auth = { kind: 'none' },
  parts: Partial<ConsoleAppParts> = {},
): ConsoleApp {
  return consoleApp({ source, auth, page: new Map(), onError: () => {}, ...parts });
}
