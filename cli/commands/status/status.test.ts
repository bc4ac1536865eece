/* Over 350 lines: `status` and `explain` are of the same answers. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Journal } from '../../../addon/journal/journal-text.ts';
import { ConditionTimes, wrongStatus } from '../../../addon/status/addon-status.ts';
import { ReviewedAccess } from '../../../console/api/access.ts';
import { type ConsoleApp, consoleApp } from '../../../console/api/app.ts';
import type { ConsoleSource } from '../../../console/api/source.ts';
import { listen } from '../../../console/thread/listener.io.ts';
import { WorldError } from '../../../core/errors.ts';
import type { Baseline, WorkloadStatus } from '../../../core/workload-status.ts';
import { memoryKubernetes } from '../../../kubernetes/fake/memory-api.ts';
import { answerOf, consoleOf, consoleSource } from '../../../test/console-source.ts';
import { World, wave } from '../../../test/engine-world.ts';
import { EXAMPLE_SECONDS, exampleStatus } from '../../../test/example-status.ts';
import { type AskAddon, askThroughCluster, askUrl } from '../../cluster/addon-answer.ts';
import type { ForwardPort } from '../../cluster/port-forward.ts';
import { askWorkload, askWorkloads } from '../../cluster/shown.ts';
import { chooseWorkload, explainText, parseWorkload } from '../explain/explain.ts';
import { statusTable } from './status.ts';

const REF = exampleStatus().ref;
const NO_AUTH = { auth: { kind: 'none' }, page: new Map(), onError: () => {} } as const;

/** As `status` gets them from a console. */
const shown = (...statuses: WorkloadStatus[]) => askWorkloads(askConsole(statuses));
const explained = (...statuses: WorkloadStatus[]) => askWorkload(askConsole(statuses), statuses[0]!.ref);

function askConsole(statuses: readonly WorkloadStatus[], leads = true): AskAddon {
  return askApp(consoleOf(statuses, { leads }));
}

function askApp(app: ConsoleApp): AskAddon {
  return async (path) => {
    const answer = await answerOf(app, path);
    if (answer.status === 503) throw new WorldError(((await answer.json()) as { error: string }).error);
    return answer.status === 404 ? undefined : answer.json();
  };
}

describe('the table', () => {
  it('has a line for each workload', async () => {
    expect(statusTable(await shown(exampleStatus()))).toEqual([
      'NAMESPACE   WORKLOAD         MODE   READY   PODS   WANTED   BOUNDS   LEAD   DECIDED   WHY',
      'shop        Deployment/web   auto   Yes     6/6    9        3-40     21 s   5 s ago   840 req/s expected at 09:03 UTC, pods need 21 s',
    ]);
  });

  it('knows no age of a decision that was never made', async () => {
    const undecided = exampleStatus({ decidedSeconds: 0, reasons: [] });
    expect(statusTable(await shown(undecided))[1]).toMatch(/ never +nothing was decided yet$/);
    expect(explainText(await explained(undecided))[0]).toMatch(/\(mode auto, nothing decided yet\)$/);
  });

  it('says of a workload that is not Ready what to do about it', async () => {
    const message = 'prescale.dev/target: found "abc";\n expected 500m';
    const conditions = [
      { type: 'Ready', status: false, reason: 'PolicyError', message, sinceSeconds: 0 },
      { type: 'Paused', status: true, reason: 'Annotation', message: '', sinceSeconds: 0 },
    ] as const;
    const [, line] = statusTable(await shown(exampleStatus({ conditions, target: 'dry-run' })));
    expect(line).toMatch(/auto \(dry-run\) +PolicyError,Paused .*prescale.dev\/target: found "abc"; {2}expected 500m$/);
  });

  it('shows of a workload whose annotations are wrong its mode and why, and no pods that were never counted', async () => {
    const { ref } = exampleStatus();
    const message = 'prescale.dev/target: found "abc"; expected a quantity such as 500m';
    const wrong = (mode: WorkloadStatus['mode']) =>
      wrongStatus('shop/Deployment/web', ref, { message, mode }, EXAMPLE_SECONDS, new ConditionTimes());
    const [, auto, none] = statusTable(await shown(wrong('auto'), wrong(undefined)));
    expect(auto).toMatch(
      /^shop +Deployment\/web +auto +PolicyError +– +– +– +– +never +prescale\.dev\/target: found "abc"/,
    );
    expect(none).toMatch(/^shop +Deployment\/web +– +PolicyError +– +– +– +– +never /);
    const lines = explainText(await explained(wrong('auto')));
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
    const [, line] = statusTable(await shown(status));
    expect(line).toMatch(
      /^shop +Deployment\/web +auto +Refused +– +– +3-40 .* never +HorizontalPodAutoscaler shop\/web scales it/,
    );
  });

  it('is a sentence where there is nothing', async () => {
    expect(statusTable(await shown(), 'shop')[0]).toMatch(/^No workload in shop has opted in: kubectl annotate/);
    expect(statusTable({ ...(await shown()), leader: false })[0]).toMatch(
      /^This replica of prescale \(prescale-a\) takes over at this moment\. What is shown is what it sees itself, 5 s old\.$/,
    );
  });
});

describe('a workload', () => {
  const other = (ref: Partial<WorkloadStatus['ref']>) => exampleStatus({ ref: { ...exampleStatus().ref, ...ref } });
  const all = shown(exampleStatus(), other({ namespace: 'mall' }), other({ kind: 'StatefulSet', name: 'db' }));
  const choose = async (text: string, namespace?: string) => chooseWorkload(parseWorkload(text, namespace), await all);

  it('is found as kubectl would find it', async () => {
    expect(await choose('shop/Deployment/web')).toMatchObject({ namespace: 'shop', name: 'web' });
    expect(await choose('deploy/web', 'mall')).toMatchObject({ namespace: 'mall', kind: 'Deployment' });
    expect(await choose('deployments/web', 'shop')).toMatchObject({ namespace: 'shop' });
    expect(await choose('db')).toMatchObject({ kind: 'StatefulSet' });
  });

  it('that is unknown, unclear or wrongly written is a question back', async () => {
    await expect(choose('web')).rejects.toThrow('web could be mall/Deployment/web or shop/Deployment/web: say which');
    await expect(choose('shop/Deployment/api')).rejects.toThrow('shop/Deployment/api has not opted in (3 others have)');
    await expect(choose('a/b/c/d')).rejects.toThrow('expected a workload such as shop/Deployment/web');
    await expect(choose('shop/Deployment/web', 'mall')).rejects.toThrow('give the namespace once');
  });

  it('is explained by its numbers, its hour and its decisions', async () => {
    const lines = explainText(await explained(exampleStatus()));
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

/** The console of one workload of which all this is kept. */
function keptConsole(changes: Partial<ConsoleSource> = {}): AskAddon {
  const journal: ConsoleSource['journal'] = async () => ({
    entries: JOURNAL.entries.map((entry) => ({ ...entry, reason: entry.reason ?? null })).reverse(),
    sinceSeconds: JOURNAL.sinceSeconds,
    nextBeforeSeconds: null,
  });
  return askApp(
    consoleApp({ ...NO_AUTH, source: consoleSource([exampleStatus()], { journal, ...changes }, {}, BASELINE) }),
  );
}

describe('what is kept', () => {
  it('stands in explain: each change of the last days, and a saving with all that it rests on', async () => {
    const lines = explainText(await askWorkload(keptConsole(), REF));
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

  it('stands in status as a column, and what it is of below', async () => {
    const lines = statusTable(await askWorkloads(keptConsole()));
    expect(lines[0]).toMatch(/DECIDED {3}VS HPA {3}WHY$/);
    expect(lines[1]).toMatch(/5 s ago {3}-20 % {4}840 req\/s expected/);
    expect(lines.at(-1)).toBe(
      "VS HPA: 1280 pod-hours of 1 workload within up to 6 d 16 h (1 by their own HPA, 0 by one with the defaults), their HPAs' 1600; least served 99.994 %, by an HPA 99.999 %; 41 pod starts, by the HPAs 22. explain has each.",
    );
  });

  it('that can not be read keeps nobody from the rest', async () => {
    const journal = () => Promise.reject(new WorldError('Redis does not answer'));
    const text = explainText(await askWorkload(keptConsole({ journal }), REF)).join('\n');
    expect(text).toContain("Changes of replicas can't be read: Redis does not answer");
    expect(text).toContain('shop/Deployment/web: 9 wanted');
  });
});

describe('a replica that waits', () => {
  const waits = { replica: 'prescale-b', leader: 'prescale-a', leads: false };
  const words =
    'This replica of prescale (prescale-b) waits: prescale-a acts. What is shown is what it sees itself, 5 s old.';

  it('says whose figures it shows and how old they are', async () => {
    const ask = askApp(consoleOf([exampleStatus()], waits));
    const answer = await askWorkloads(ask);
    const lines = statusTable(answer);
    expect(lines[0]).toBe(words);
    expect(lines).toHaveLength(3);
    expect(explainText(await askWorkload(ask, REF))[0]).toBe(words);
    expect(answer).toMatchObject({ replica: 'prescale-b', acting: 'prescale-a', leader: false });
  });

  it('and one that acts needs no such words', async () => {
    const answer = await askWorkloads(askApp(consoleOf([exampleStatus()])));
    expect(statusTable(answer)).toHaveLength(2);
    expect(answer).toMatchObject({ replica: 'prescale-a', acting: 'prescale-a' });
  });
});

describe('the addon is asked', () => {
  it('at its address', async () => {
    const served = await serve(consoleOf([exampleStatus()]));
    const ask = askUrl(`${served.url}/`);
    expect((await askWorkloads(ask)).workloads).toHaveLength(1);
    expect(await ask('/api/v1/workloads/shop/Deployment/db')).toBeUndefined();
    await expect(askWorkloads(async () => ({ status: 'ok' }))).rejects.toThrow(
      'what answers is no console of prescale',
    );
    served.close();
    await expect(ask('/api/v1/status')).rejects.toThrow(/does not answer .*: is the address right/);
  });

  it('page by page, each workload once', async () => {
    const statuses = Array.from({ length: 1_100 }, (_, i) =>
      exampleStatus({ ref: { ...exampleStatus().ref, name: `web-${i}` } }),
    );
    const { workloads } = await askWorkloads(askConsole(statuses));
    expect(new Set(workloads.map(({ ref }) => ref.name)).size).toBe(1_100);
  });

  it('with the token that it asks for, or says how to give one', async () => {
    const access = new ReviewedAccess(
      async (token) => (token === 'good' ? 'allowed' : 'unauthenticated'),
      () => 0,
    );
    const resources = new Map([['Deployment', { group: 'apps', resource: 'deployments' }]]);
    const source = consoleSource([exampleStatus()]);
    const app = consoleApp({ source, auth: { kind: 'token', access, resources }, page: new Map(), onError: () => {} });
    const served = await serve(app);
    await expect(askWorkloads(askUrl(served.url))).rejects.toThrow(/expected a valid token .*; --token-file gives one/);
    const ask = askUrl(served.url, { authorization: 'Bearer good' });
    expect((await askWorkloads(ask)).workloads).toHaveLength(1);
    served.close();
  });

  it('only at a URL', () => {
    expect(() => askUrl('prescale:8080')).toThrow('expected a URL such as http://127.0.0.1:8082');
  });

  function cluster() {
    const api = memoryKubernetes();
    const labels = { 'app.kubernetes.io/name': 'prescale' };
    api.seed('/api/v1/namespaces/ops/services', {
      metadata: { name: 'prescale', labels },
      spec: { selector: labels, ports: [{ port: 8080 }] },
    });
    for (const name of ['waits', 'acts']) {
      api.seed('/api/v1/namespaces/ops/pods', {
        metadata: { name, labels },
        spec: {
          containers: [
            {
              ports: [
                { name: 'http', containerPort: 8080 },
                { name: 'console', containerPort: 8083 },
              ],
            },
          ],
        },
        status: { phase: 'Running' },
      });
    }
    return api;
  }

  /** Ports of pods that lead to consoles here. */
  function forwarding(problem?: Error) {
    const asked: string[] = [];
    const served: { close(): void }[] = [];
    const forward: ForwardPort = async (namespace, pod, port) => {
      asked.push(`${namespace}/${pod}:${port}`);
      const { url, close } = await serve(
        pod === 'acts' ? consoleOf([exampleStatus()]) : consoleOf([], { leads: false }),
      );
      if (problem) close();
      else served.push({ close });
      return { url, headers: {}, problem: () => problem, close: async () => close() };
    };
    return { forward, asked, close: () => served.map((one) => one.close()) };
  }

  it('by a port-forward through the API server, at the replica that acts', async () => {
    const api = cluster();
    const { forward, asked, close } = forwarding();
    for (const service of [undefined, 'ops/prescale', 'ops/prescale:9000']) {
      const answer = await askWorkloads(await askThroughCluster(api, service, forward));
      expect(answer).toMatchObject({ leader: true, workloads: [{ ref: { name: 'web' } }] });
    }
    expect(new Set(asked)).toEqual(new Set(['ops/waits:8083', 'ops/acts:8083', 'ops/waits:9000', 'ops/acts:9000']));
    close();
  });

  it('or what is in the way is said, with the fix', async () => {
    const api = cluster();
    const { forward } = forwarding(new Error('Unexpected server response: 403'));
    const ask = (service?: string) => askThroughCluster(api, service, forward);
    await expect(ask('prescale')).rejects.toThrow('expected namespace/name or namespace/name:port');
    await expect(ask('ops/other')).rejects.toThrow('there is no Service other in ops');
    await expect(askThroughCluster(memoryKubernetes(), undefined, forward)).rejects.toThrow('is prescale installed?');
    await expect(ask()).rejects.toThrow('create on pods/portforward in ops is needed');
  });

  it('and not at a Service that a tenant labelled like ours', async () => {
    const api = cluster();
    const labels = { 'app.kubernetes.io/name': 'prescale' };
    const { forward, asked, close } = forwarding();
    const ask = () => askThroughCluster(api, undefined, forward);
    api.seed('/api/v1/namespaces/shop/services', {
      metadata: { name: 'prescale', labels },
      spec: { selector: labels, ports: [{ port: 8080 }] },
    });
    // Nothing says whose they are.
    await expect(ask()).rejects.toThrow(
      'there are several Services of prescale, ops/prescale and shop/prescale: --service chooses one',
    );
    const bind = (namespace: string, chart: string) =>
      api.seed('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
        metadata: { name: `prescale.${namespace}`, labels: { 'helm.sh/chart': chart } },
        subjects: [{ kind: 'ServiceAccount', name: 'prescale', namespace }],
      });
    bind('shop', 'web-1.2.3');
    bind('ops', 'prescale-0.1.0');
    expect(await askWorkloads(await ask())).toMatchObject({ leader: true });
    expect(asked.filter((where) => where.startsWith('shop/'))).toEqual([]);
    // Ours has another label: the one of the tenant is not it, though it is the only one.
    await api.delete('/api/v1/namespaces/ops/services/prescale');
    await expect(ask()).rejects.toThrow(
      'shop/prescale has the label app.kubernetes.io/name=prescale, and the chart is installed in another namespace',
    );
    expect(asked.filter((where) => where.startsWith('shop/'))).toEqual([]);
    close();
  });
});

/** A console at a port of its own. */
async function serve(app: ConsoleApp) {
  const { host, port, close } = await listen(app, { host: '127.0.0.1', port: 0 });
  return { url: `http://${host}:${port}`, close };
}

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
