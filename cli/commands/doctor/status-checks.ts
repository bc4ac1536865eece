import {
  type CompactStatus,
  compactKey,
  parseCompactKey,
  parseCompactStatus,
} from '../../../addon/status/compact-status.ts';
import { durationWords } from '../../../addon/status/quantity-text.ts';
import { HEARTBEAT_KEY, STATUS_SECONDS, type StatusSummary, SUMMARY_KEY } from '../../../addon/status/status-map.ts';
import { type WorkloadRef, workloadKey } from '../../../core/workload.ts';
import { httpStatusOf, type KubernetesApi } from '../../../kubernetes/api.ts';
import { STATUS_CONFIG_MAP } from '../../../kubernetes/needed-rights.ts';
import { resourcePath } from '../../../kubernetes/resource-path.ts';
import { type Finding, failed, fixOf, ok, said, TRY_AGAIN, warning } from './finding.ts';
import type { Leading } from './leader-checks.ts';

/** A status that is older was missed twice. */
const OLD_SECONDS = 3 * STATUS_SECONDS;
/** Named one by one; the rest is counted. */
const MOST_NAMED = 10;
/** What passes by itself. */
const PASSING: readonly string[] = ['Learning', 'NotRead'];

type Named = Pick<WorkloadRef, 'namespace' | 'kind' | 'name'>;
interface Shown {
  readonly ref: Named;
  readonly status: CompactStatus;
}

/**
 * What the leader wrote of all workloads: the same that `prescale status` shows, read without asking a pod. All is well only where
 * every workload is Ready, and the leader wrote so within the last minutes.
 * @param only this one workload; undefined: all
 */
export async function checkStatus(
  api: KubernetesApi,
  namespace: string,
  leader: Leading['leader'],
  only: Named | undefined,
): Promise<Finding[]> {
  const name = `ConfigMap ${namespace}/${STATUS_CONFIG_MAP}`;
  let data: Readonly<Record<string, string>>;
  try {
    const path = resourcePath('v1', 'configmaps', namespace, STATUS_CONFIG_MAP);
    data = (await api.get<{ readonly data?: Readonly<Record<string, string>> }>(path)).data ?? {};
  } catch (error) {
    const otherwise = httpStatusOf(error) === 404 ? 'the chart makes it: helm upgrade' : TRY_AGAIN;
    const fix = fixOf(error, `grant get on configmaps named ${STATUS_CONFIG_MAP} in ${namespace}`, otherwise);
    return [failed(`the status of the workloads can't be read: ${said(error)}`, fix)];
  }
  const age = ageOf(data[HEARTBEAT_KEY], leader, name);
  return [...(age === undefined ? [] : [age]), ...readinessOf(data, only)];
}

/** By the leader's clock alone: its last renewal against what it wrote last. */
function ageOf(heartbeat: string | undefined, leader: Leading['leader'], name: string): Finding | undefined {
  // That nobody leads is said already, and what stands in the ConfigMap is of the past.
  if (leader === undefined) {
    const when = heartbeat === undefined ? 'nothing was ever written' : `the last of it was written at ${heartbeat}`;
    return failed(
      `the ${name} is of the past: nobody leads, and ${when}`,
      'see above: first of all somebody has to lead',
    );
  }
  const { renewedSeconds, acquiredSeconds = 0, holder = 'the one replica' } = leader;
  const written = heartbeat === undefined ? Number.NaN : Date.parse(heartbeat) / 1000;
  const since = renewedSeconds - (Number.isNaN(written) ? acquiredSeconds : Math.max(written, acquiredSeconds));
  if (since <= OLD_SECONDS) {
    if (!Number.isNaN(written) && written >= acquiredSeconds) return undefined;
    return warning(
      `whoever leads began ${durationWords(since)} ago and has not written the status yet`,
      'try again in a minute',
    );
  }
  const when = Number.isNaN(written)
    ? 'was never written'
    : `was last written ${durationWords(renewedSeconds - written)} ago`;
  const fix =
    `its log says "the status could not be written" or "a sync failed": patch on the ${name} is needed; where it says ` +
    'nothing, restart it';
  return failed(`the status of the workloads ${when}, though ${holder} leads: it is stuck, or may not write it`, fix);
}

function readinessOf(data: Readonly<Record<string, string>>, only: Named | undefined): Finding[] {
  const shown = Object.entries(data).flatMap(([key, text]): Shown[] => {
    const ref = parseCompactKey(key);
    const status = parseCompactStatus(text);
    const isMeant = ref !== undefined && (only === undefined || compactKey(only) === key);
    return isMeant && status !== undefined ? [{ ref, status }] : [];
  });
  if (only !== undefined && shown.length === 0) return [];
  const unready = shown.filter(({ status }) => !status.is.includes('Ready'));
  const named = unready.slice(0, MOST_NAMED).map(unreadyFinding);
  const { workloads, troubled } = summaryOf(data) ?? { workloads: shown.length, troubled: unready.length };
  const rest = Math.max(troubled, unready.length) - named.length;
  const more = rest > 0 ? [failed(`${rest} more are not Ready`, 'prescale status shows them all')] : [];
  return [...conflicts(shown), ...named, ...more, ...total(workloads, Math.max(troubled, unready.length), only)];
}

function total(workloads: number, unready: number, only: Named | undefined): Finding[] {
  if (unready > 0) return [];
  if (only !== undefined) return [ok('it is Ready, as prescale status shows it')];
  if (workloads === 0) return [ok('no workload has opted in yet')];
  return [ok(`${workloads} of ${workloads} workloads that opted in are Ready, as prescale status shows them`)];
}

function unreadyFinding({ ref, status: { reason = 'not Ready', problem = '' } }: Shown): Finding {
  const what = `${keyOf(ref)} is not Ready: ${reason}${problem === '' ? '' : `: ${problem}`}`;
  if (PASSING.includes(reason)) return warning(what, 'wait some minutes: it passes by itself');
  return failed(what, `prescale doctor ${keyOf(ref)} and prescale explain ${keyOf(ref)} say more`);
}

function conflicts(shown: readonly Shown[]): Finding[] {
  return shown
    .filter(({ status }) => status.is.includes('Conflict'))
    .slice(0, MOST_NAMED)
    .map(({ ref }) =>
      warning(
        `${keyOf(ref)}: another writer puts its replicas back each time`,
        'leave spec.replicas out of what is applied (GitOps: ignore the difference)',
      ),
    );
}

function keyOf(ref: Named): string {
  return workloadKey({ apiVersion: '', ...ref });
}

function summaryOf(data: Readonly<Record<string, string>>): StatusSummary | undefined {
  try {
    return JSON.parse(data[SUMMARY_KEY] ?? '') as StatusSummary;
  } catch {
    return undefined;
  }
}
