import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Journal } from '../../../addon/journal/journal-text.ts';
import { ConditionTimes, wrongStatus } from '../../../addon/status/addon-status.ts';
import {
  addonView,
  type ShownWorkload,
  type ShownWorkloads,
  type ViewedParts,
} from '../../../addon/status/addon-view.ts';
import { RecentDecisions } from '../../../addon/status/recent-decisions.ts';
import type { Baseline, WorkloadStatus } from '../../../core/workload-status.ts';
import { ApiError } from '../../../kubernetes/api.ts';
import { memoryKubernetes } from '../../../kubernetes/fake/memory-api.ts';
import { serveTelemetry } from '../../../telemetry/http/http-server.io.ts';
import { World, wave } from '../../../test/engine-world.ts';
import { EXAMPLE_SECONDS, exampleStatus } from '../../../test/example-status.ts';
import { askThroughCluster, askUrl } from '../../cluster/addon-answer.ts';
import { chooseWorkload, explainText, parseWorkload, wholeAnswer } from '../explain/explain.ts';
import { askWorkloads, statusTable } from './status.ts';

function view(
  statuses: readonly WorkloadStatus[] = [exampleStatus()],
  leader = true,
  parts: Partial<ViewedParts> = {},
) {
  const recent = new RecentDecisions();
  for (let minute = -59; minute <= 0; minute++) {
    recent.record(statuses.map((one) => ({ ...one, decidedSeconds: one.decidedSeconds + minute * 60 })));
  }
  return addonView({
    version: '1.2.3',
    metrics: { contentType: 'text/plain', render: async () => '' },
    recent,
    statuses: () => statuses,
    leader: () => leader,
    now: () => EXAMPLE_SECONDS + 5,
    lastTickSeconds: () => EXAMPLE_SECONDS,
    unready: () => [],
    ...parts,
  });
}
const explainedBy = async (one: ReturnType<typeof view>) =>
  (await one.workload('shop/Deployment/web')) as ShownWorkload;
const shown = (...statuses: WorkloadStatus[]) => view(statuses).workloads() as ShownWorkloads;

describe('the table', () => {
  it('has a line for each workload', () => {
    expect(statusTable(shown(exampleStatus()))).toEqual([
      'NAMESPACE   WORKLOAD         MODE   READY   PODS   WANTED   BOUNDS   LEAD   DECIDED   WHY',
      'shop        Deployment/web   auto   Yes     6/6    9        3-40     21 s   5 s ago   840 req/s expected at 09:03 UTC, pods need 21 s',
    ]);
  });

  it('knows no age of a decision that was never made', async () => {
    const undecided = exampleStatus({ decidedSeconds: 0, reasons: [] });
    expect(statusTable(shown(undecided))[1]).toMatch(/ never +nothing was decided yet$/);
    const explained = await explainedBy(view([undecided]));
    expect(explainText(explained)[0]).toMatch(/\(mode auto, nothing decided yet\)$/);
  });

  it('says of a workload that is not Ready what to do about it', () => {
    const message = 'prescale.dev/target: found "abc";\n expected 500m';
    const conditions = [
      { type: 'Ready', status: false, reason: 'PolicyError', message, sinceSeconds: 0 },
      { type: 'Paused', status: true, reason: 'Annotation', message: '', sinceSeconds: 0 },
    ] as const;
    const [, line] = statusTable(shown(exampleStatus({ conditions, target: 'dry-run' })));
    expect(line).toMatch(/auto \(dry-run\) +PolicyError,Paused .*prescale.dev\/target: found "abc"; {2}expected 500m$/);
  });

  const overHttp = (...statuses: WorkloadStatus[]) => JSON.parse(JSON.stringify(shown(...statuses))) as ShownWorkloads;

  it('shows of a workload whose annotations are wrong its mode and why, and no pods that were never counted', async () => {
    const { ref } = exampleStatus();
    const message = 'prescale.dev/target: found "abc"; expected a quantity such as 500m';
    const wrong = (mode: WorkloadStatus['mode']) =>
      wrongStatus('shop/Deployment/web', ref, { message, mode }, EXAMPLE_SECONDS, new ConditionTimes());
    const [, auto, none] = statusTable(overHttp(wrong('auto'), wrong(undefined)));
    expect(auto).toMatch(
      /^shop +Deployment\/web +auto +PolicyError +– +– +– +– +never +prescale\.dev\/target: found "abc"/,
    );
    expect(none).toMatch(/^shop +Deployment\/web +– +PolicyError +– +– +– +– +never /);
    const lines = explainText(JSON.parse(JSON.stringify(await explainedBy(view([wrong('auto')])))) as ShownWorkload);
    expect(lines.slice(0, 2)).toEqual([
      'shop/Deployment/web: not read, PolicyError (mode auto, nothing decided yet)',
      message,
    ]);
    expect(lines.join('\n')).not.toMatch(/NaN|null|\b0 pods/);
  });

  it('shows of a workload that is refused its own mode and bounds, and the words of who refuses', async () => {
    const refused = 'HorizontalPodAutoscaler shop/web scales it already: name it in prescale.dev/take-over-hpa';
    const world = new World({}, { route: async () => ({ refused }) });
    const policy = { mode: 'auto', minReplicas: 3, maxReplicas: 40 } as const;
    await world.add('web', { replicas: 60, loads: [wave], days: 1, policy });
    const status = (await world.pass(60)).get('shop/Deployment/web')!;
    const [, line] = statusTable(overHttp(status));
    expect(line).toMatch(
      /^shop +Deployment\/web +auto +Refused +– +– +3-40 .* never +HorizontalPodAutoscaler shop\/web scales it/,
    );
  });

  it('is a sentence where there is nothing', () => {
    expect(statusTable(shown(), 'shop')[0]).toMatch(/^No workload in shop has opted in: kubectl annotate/);
    expect(statusTable({ ...shown(), leader: false })[0]).toMatch(/^This replica of prescale waits/);
  });
});

describe('a workload', () => {
  const other = (ref: Partial<WorkloadStatus['ref']>) => exampleStatus({ ref: { ...exampleStatus().ref, ...ref } });
  const all = shown(exampleStatus(), other({ namespace: 'mall' }), other({ kind: 'StatefulSet', name: 'db' }));
  const choose = (text: string, namespace?: string) => chooseWorkload(parseWorkload(text, namespace), all);

  it('is found as kubectl would find it', () => {
    expect(choose('shop/Deployment/web')).toMatchObject({ namespace: 'shop', name: 'web' });
    expect(choose('deploy/web', 'mall')).toMatchObject({ namespace: 'mall', kind: 'Deployment' });
    expect(choose('deployments/web', 'shop')).toMatchObject({ namespace: 'shop' });
    expect(choose('db')).toMatchObject({ kind: 'StatefulSet' });
  });

  it('that is unknown, unclear or wrongly written is a question back', () => {
    expect(() => choose('web')).toThrow('web could be mall/Deployment/web or shop/Deployment/web: say which');
    expect(() => choose('shop/Deployment/api')).toThrow('shop/Deployment/api has not opted in (3 others have)');
    expect(() => choose('a/b/c/d')).toThrow('expected a workload such as shop/Deployment/web');
    expect(() => choose('shop/Deployment/web', 'mall')).toThrow('give the namespace once');
  });

  it('is explained by its numbers, its hour and its decisions', async () => {
    const lines = explainText(await explainedBy(view()));
    const text = lines.join('\n');
    expect(lines[0]).toBe('shop/Deployment/web: 9 wanted, 6 exist, 6 Ready (mode auto, decided 5 s ago)');
    expect(text).toMatch(/ {2}expected peak {3,}840 req\/s ± 30 req\/s {3}within 21 s/);
    expect(text).toMatch(/the last hour, 800 req\/s at the end:\n +800 ┤[⠀-⣿]{60}\n/u);
    expect(text).toMatch(/Recent decisions:\n {2}08:03 UTC {2}6 → 9: 840 req\/s expected/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });
});

const BASELINE: Baseline = {
  source: 'manifest',
  name: 'HorizontalPodAutoscaler shop/web: cpu at 60 % of the request, 2-20 pods',
  note: '',
  fromSeconds: Date.UTC(2026, 1, 23, 2) / 1000,
  toSeconds: Date.UTC(2026, 2, 2, 2) / 1000,
  hours: 160,
  own: { podHours: 1_280, servedShare: 0.99994, starts: 41 },
  hpa: { podHours: 1_600, servedShare: 0.99999, starts: 22 },
  savedShare: 0.2,
  madeSeconds: Date.UTC(2026, 2, 2, 2) / 1000,
};
const JOURNAL: Journal = {
  sinceSeconds: Date.UTC(2026, 1, 24, 9) / 1000,
  replicas: 5,
  field: 'replicas',
  entries: [
    {
      atSeconds: EXAMPLE_SECONDS - 86_400,
      from: 5,
      to: 6,
      by: 'prescale',
      field: 'replicas',
      reason: 'forecast',
      why: '600 req/s expected at 09:03 UTC, pods need 21 s',
    },
    {
      atSeconds: EXAMPLE_SECONDS - 7_200,
      from: 6,
      to: 2,
      by: 'external',
      field: 'replicas',
      reason: undefined,
      why: '',
    },
    {
      atSeconds: EXAMPLE_SECONDS - 3_600,
      from: 2,
      to: 6,
      by: 'unknown',
      field: 'replicas',
      reason: undefined,
      why: '',
    },
  ],
};

describe('what is kept', () => {
  const records = { journal: async () => JOURNAL, baseline: () => BASELINE };

  it('stands in explain: each change of the last days, and a saving with all that it rests on', async () => {
    const lines = explainText(await explainedBy(view(undefined, true, { records })));
    const text = lines.join('\n');
    expect(text).toContain(`Changes of replicas since 2026-02-24 09:00 UTC:
  2026-03-01 09:02 UTC  5 → 6: 600 req/s expected at 09:03 UTC, pods need 21 s
  2026-03-02 07:02 UTC  6 → 2: by another writer
  2026-03-02 08:02 UTC  2 → 6: by Prescale or another writer, as this replica did not act then`);
    expect(
      text,
    ).toContain(`Against HorizontalPodAutoscaler shop/web: cpu at 60 % of the request, 2-20 pods, over 160 h of 2026-02-23 02:00 UTC … 2026-03-02 02:00 UTC:
  1280 pod-hours ran, the HPA's 1600: 20 % fewer
  served 99.994 %, by the HPA 99.999 %; 41 pod starts, by the HPA 22`);
  });

  it('stands in status as a column, and what it is of below', () => {
    const lines = statusTable(view(undefined, true, { records }).workloads() as ShownWorkloads);
    expect(lines[0]).toMatch(/DECIDED {3}VS HPA {3}WHY$/);
    expect(lines[1]).toMatch(/5 s ago {3}-20 % {4}840 req\/s expected/);
    expect(lines.at(-1)).toBe(
      "VS HPA: 1280 pod-hours of 1 workload within up to 6 d 16 h (1 by their own HPA, 0 by one with the defaults), their HPAs' 1600; least served 99.994 %, by an HPA 99.999 %; 41 pod starts, by the HPAs 22. explain has each.",
    );
  });

  it('that can not be read keeps nobody from the rest', async () => {
    const away = { ...records, journal: () => Promise.reject(new Error('Redis does not answer')) };
    const text = explainText(await explainedBy(view(undefined, true, { records: away }))).join('\n');
    expect(text).toContain("Changes of replicas can't be read: Redis does not answer");
    expect(text).toContain('shop/Deployment/web: 9 wanted');
  });
});

describe('a replica that waits', () => {
  const parts = { replica: 'prescale-b', acting: () => 'prescale-a' };
  const words =
    'This replica of prescale (prescale-b) waits: prescale-a acts. What is shown is what it sees itself, 5 s old.';

  it('says whose figures it shows and how old they are', async () => {
    const waiting = view(undefined, false, parts);
    const lines = statusTable(waiting.workloads() as ShownWorkloads);
    expect(lines[0]).toBe(words);
    expect(lines).toHaveLength(3);
    expect(explainText(await explainedBy(waiting))[0]).toBe(words);
    expect(waiting.workloads()).toMatchObject({ replica: 'prescale-b', acting: 'prescale-a', leader: false });
  });

  it('and one that acts needs no such words', () => {
    const acts = view(undefined, true, parts);
    expect(statusTable(acts.workloads() as ShownWorkloads)).toHaveLength(2);
    expect(acts.workloads()).toMatchObject({ replica: 'prescale-b', acting: 'prescale-b' });
  });
});

it('an addon that is older than the command shows what it knows', async () => {
  const { workloads, ...old } = shown(exampleStatus());
  const rows = workloads.map(({ baseline: _, ...row }) => row);
  const { replica: _, acting: __, figuresSeconds: ___, ...head } = old;
  const lines = statusTable(await askWorkloads(async () => ({ ...head, workloads: rows })));
  expect(lines).toHaveLength(2);
  const found = await explainedBy(view());
  const { journal: ____, journalProblem: _____, baseline: ______, ...explained } = found;
  expect(explainText(wholeAnswer(explained)).join('\n')).toContain('Against an HPA: not known');
});

describe('the addon is asked', () => {
  it('at its address', async () => {
    const server = await serveTelemetry({ host: '127.0.0.1', port: 0 }, view());
    const ask = askUrl(`http://127.0.0.1:${server.port}/`);
    expect((await askWorkloads(ask)).workloads).toHaveLength(1);
    expect(await ask('/api/v1/workloads/shop/Deployment/db')).toBeUndefined();
    await expect(askWorkloads(async () => ({ status: 'ok' }))).rejects.toThrow('what answers is not prescale');
    await server.close();
    await expect(ask('/api/v1/workloads')).rejects.toThrow(/does not answer .*: is the address right/);
  });

  it('only at a URL', () => {
    expect(() => askUrl('prescale:8080')).toThrow('expected a URL such as http://127.0.0.1:8080');
  });

  function cluster() {
    const api = memoryKubernetes();
    const labels = { 'app.kubernetes.io/name': 'prescale' };
    api.seed('/api/v1/namespaces/ops/services', {
      metadata: { name: 'prescale', labels },
      spec: { selector: labels, ports: [{ port: 8080 }] },
    });
    for (const name of ['waits', 'acts']) {
      api.seed('/api/v1/namespaces/ops/pods', { metadata: { name, labels }, status: { phase: 'Running' } });
    }
    api.intercept = ({ path }) => {
      const pod = /pods\/(\w+):8080\/proxy\/api\/v1\/workloads/.exec(path)?.[1];
      if (pod === undefined) return undefined;
      return { answer: pod === 'acts' ? view().workloads() : view([], false).workloads() };
    };
    return api;
  }

  it('through the API server, at the replica that acts', async () => {
    const api = cluster();
    for (const service of [undefined, 'ops/prescale', 'ops/prescale:8080']) {
      const answer = await askWorkloads(await askThroughCluster(api, service));
      expect(answer).toMatchObject({ leader: true, workloads: [{ ref: { name: 'web' } }] });
    }
  });

  it('or what is in the way is said, with the fix', async () => {
    const api = cluster();
    await expect(askThroughCluster(api, 'prescale')).rejects.toThrow('expected namespace/name or namespace/name:port');
    await expect(askThroughCluster(api, 'ops/other')).rejects.toThrow('there is no Service other in ops');
    await expect(askThroughCluster(memoryKubernetes(), undefined)).rejects.toThrow('is prescale installed?');
    api.intercept = ({ path }) =>
      path.includes('/proxy/') ? { error: new ApiError('forbidden', 403, 'Forbidden') } : undefined;
    await expect(askThroughCluster(api, undefined)).rejects.toThrow('get on pods/proxy in ops is needed');
  });

  it('and not at a Service that a tenant labelled like ours', async () => {
    const api = cluster();
    const labels = { 'app.kubernetes.io/name': 'prescale' };
    const asked: string[] = [];
    const { intercept } = api;
    api.intercept = (request) => {
      asked.push(request.path);
      return intercept!(request);
    };
    api.seed('/api/v1/namespaces/shop/services', {
      metadata: { name: 'prescale', labels },
      spec: { selector: labels, ports: [{ port: 8080 }] },
    });
    // Nothing says whose they are.
    await expect(askThroughCluster(api, undefined)).rejects.toThrow(
      'there are several Services of prescale, ops/prescale and shop/prescale: --service chooses one',
    );
    const bind = (namespace: string, chart: string) =>
      api.seed('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
        metadata: { name: `prescale.${namespace}`, labels: { 'helm.sh/chart': chart } },
        subjects: [{ kind: 'ServiceAccount', name: 'prescale', namespace }],
      });
    bind('shop', 'web-1.2.3');
    bind('ops', 'prescale-0.1.0');
    expect(await askWorkloads(await askThroughCluster(api, undefined))).toMatchObject({ leader: true });
    expect(asked.filter((path) => path.includes('/shop/'))).toEqual([]);
    // Ours has another label: the one of the tenant is not it, though it is the only one.
    await api.delete('/api/v1/namespaces/ops/services/prescale');
    await expect(askThroughCluster(api, undefined)).rejects.toThrow(
      'shop/prescale has the label app.kubernetes.io/name=prescale, and the chart is installed in another namespace',
    );
    expect(asked.filter((path) => path.includes('/shop/'))).toEqual([]);
  });
});

it('an address that answers without an end is given up', async () => {
  const spaces = Buffer.alloc(1e6, ' ');
  const server = createServer((_, response) => {
    const more = () => {
      while (response.write(spaces));
      response.once('drain', more);
    };
    more();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const ask = askUrl(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await expect(askWorkloads(ask)).rejects.toThrow(/is no prescale: it answers more than 100 MB$/);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
