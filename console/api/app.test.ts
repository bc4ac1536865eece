/* Over 350 lines: the API as those who ask it see it, question by question. */
import { readFileSync } from 'node:fs';
import type { z } from '@hono/zod-openapi';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError, WorldError } from '../../core/errors.ts';
import { checked } from '../../test/checked-answer.ts';
import { answerOf, appOf, consoleSource } from '../../test/console-source.ts';
import { exampleMetric, exampleStatus, exampleStatuses } from '../../test/example-status.ts';
import { FleetFeed } from '../fleet/fleet-feed.ts';
import { FleetTable } from '../fleet/fleet-table.ts';
import { type Review, ReviewedAccess } from './access.ts';
import {
  decisionsAnswer,
  fleetAnswer,
  objectAnswer,
  seriesAnswer,
  sparklinesAnswer,
  statusAnswer,
  workloadAnswer,
} from './answers.ts';
import { openApiDocument } from './openapi.ts';
import { FLEET, readParameters } from './parameters.ts';
import { fleetRoute } from './routes.ts';

const LOOPBACK = { host: 'localhost:8082' };

describe('the description', () => {
  it('is the one that is checked in', () => {
    expect(openApiDocument()).toEqual(JSON.parse(readFileSync('console/openapi.json', 'utf8')));
  });
});

describe('answers', () => {
  const app = appOf(consoleSource([exampleStatus(), ...exampleStatuses(4, 1)]));

  it('are as described', async () => {
    const status = await checked(statusAnswer, await answerOf(app, '/api/v1/status'));
    expect(status).toMatchObject({ leads: true, workloads: 5, attention: 0, auth: 'none' });
    const fleet = await checked(fleetAnswer, await answerOf(app, '/api/v1/fleet'));
    expect(fleet.rows[0]).toMatchObject({ key: 'shop/Deployment/web', load: 800, budgetUsed: 0.4, mode: 'auto' });
    const keys = 'shop/Deployment/web,shop/Deployment/none';
    const { lines } = await checked(sparklinesAnswer, await answerOf(app, `/api/v1/sparklines?keys=${keys}`));
    expect(lines).toMatchObject([{ key: 'shop/Deployment/web', values: [1, null] }]);
    const many = Array.from({ length: 41 }, () => 'a/b/c').join();
    expect((await answerOf(app, `/api/v1/sparklines?keys=${many}`)).status).toBe(400);
    const web = '/api/v1/workloads/shop/Deployment/web';
    const one = await checked(workloadAnswer, await answerOf(app, web));
    expect(one.chain.map(({ label }) => label)).toContain('expected peak');
    const series = await checked(seriesAnswer, await answerOf(app, `${web}/series?days=3`));
    expect(series.toSeconds - series.fromSeconds).toBe(3 * 86_400);
    // A gap is null, single precision has its seven digits.
    expect(series.metrics[0]?.demand?.values).toEqual([800, null, 0.1]);
    const object = await checked(objectAnswer, await answerOf(app, `${web}/object`));
    expect(object.events?.map(({ reason }) => reason)).toEqual(['Scaled']);
    const decisions = await checked(decisionsAnswer, await answerOf(app, `${web}/decisions?limit=3`));
    expect(decisions.decisions[0]).toMatchObject({ from: 6, to: 9, reason: 'forecast' });
  });

  it('hold null for what is not known, never 0, and nothing is left out', async () => {
    const unread = exampleStatus({
      ref: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'unread' },
      mode: undefined,
      replicas: {
        current: Number.NaN,
        ready: Number.NaN,
        wanted: Number.NaN,
        proactive: undefined,
        reactive: undefined,
        min: Number.NaN,
        max: Number.NaN,
      },
      metrics: [exampleMetric({ load: undefined, need: undefined, podCapacity: undefined, missing: 'no data' })],
      writtenSeconds: undefined,
      decidedSeconds: 0,
    });
    const other = appOf(consoleSource([unread]));
    const { rows } = await checked(fleetAnswer, await answerOf(other, '/api/v1/fleet'));
    expect(rows[0]).toMatchObject({
      mode: null,
      load: null,
      decidedSeconds: null,
      replicas: { current: null, wanted: null },
    });
    const one = await checked(workloadAnswer, await answerOf(other, '/api/v1/workloads/shop/Deployment/unread'));
    expect(one.status.metrics[0]).toMatchObject({ load: null, need: null, missing: 'no data' });
  });

  it('come in pages that a change of the fleet does not shift, and match what is asked for', async () => {
    const keys: string[] = [];
    let cursor = '';
    do {
      const answer = await answerOf(app, `/api/v1/fleet?limit=2${cursor}`);
      const { rows, next } = await checked(fleetAnswer, answer);
      keys.push(...rows.map(({ key }) => key));
      cursor = next === null ? '' : `&cursor=${next}`;
    } while (cursor !== '');
    expect(keys).toEqual(['web', 'web-1', 'web-2', 'web-3', 'web-4'].map((name) => `shop/Deployment/${name}`));
    const one = await checked(fleetAnswer, await answerOf(app, '/api/v1/fleet?q=WEB-3'));
    expect(one).toMatchObject({ total: 1, next: null });
    expect(await checked(fleetAnswer, await answerOf(app, '/api/v1/fleet?mode=observe'))).toMatchObject({ total: 0 });
  });

  it('of a long page lets others in, and is of one tick', async () => {
    const source = consoleSource(exampleStatuses(250));
    let pauses = 0;
    const long = appOf(source, undefined, {
      pause: async () => {
        pauses++;
        // The next tick, in which all but one are gone.
        source.fleet.take(new FleetFeed().message([exampleStatus()], { ...source.fleet.source! }));
        const one = await checked(fleetAnswer, await answerOf(long, '/api/v1/fleet'));
        expect(one.rows).toHaveLength(1);
      },
    });
    const { rows, total, next } = await checked(fleetAnswer, await answerOf(long, '/api/v1/fleet?limit=1000'));
    expect([rows.length, new Set(rows.map(({ key }) => key)).size, total, next, pauses]).toEqual([
      250,
      250,
      250,
      null,
      2,
    ]);
    const none = await checked(fleetAnswer, await answerOf(long, '/api/v1/fleet?q=nowhere'));
    expect([none.rows, none.total]).toEqual([[], 0]);
  });

  it('are not sent again where they are known', async () => {
    const first = await answerOf(app, '/api/v1/fleet');
    const tag = first.headers.get('etag')!;
    const second = await answerOf(app, '/api/v1/fleet', { ...LOOPBACK, 'if-none-match': tag });
    expect(second.status).toBe(304);
    expect(await second.text()).toBe('');
  });

  it('are kept until the next tick, each for whoever sees the same', async () => {
    const source = consoleSource([exampleStatus()]);
    let made = 0;
    const heads = source.fleet.heads.bind(source.fleet);
    source.fleet.heads = () => {
      made++;
      return heads();
    };
    const page = appOf(source);
    const first = await answerOf(page, '/api/v1/fleet');
    const tag = first.headers.get('etag')!;
    const body = await first.text();
    const again = await answerOf(page, '/api/v1/fleet');
    expect([again.headers.get('etag'), await again.text(), made]).toEqual([tag, body, 1]);
    expect(again.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect((await answerOf(page, '/api/v1/fleet', { ...LOOPBACK, 'if-none-match': tag })).status).toBe(304);
    const now = { ...source.fleet.source!, figuresSeconds: 5 };
    source.fleet.take(new FleetFeed().message([exampleStatus({ mode: 'observe' })], now));
    const { rows } = await checked(fleetAnswer, await answerOf(page, '/api/v1/fleet'));
    expect([rows[0]!.mode, made]).toEqual(['observe', 2]);
  });

  it('say what is wrong with a question', async () => {
    for (const question of ['fleet?limit=0', 'fleet?limit=x', 'fleet?cursor=%2e', 'fleet?mode=fast']) {
      const answer = await answerOf(app, `/api/v1/${question}`);
      expect(answer.status, question).toBe(400);
      expect(((await answer.json()) as { error: string }).error, question).toMatch(/limit|cursor|mode/);
    }
    expect((await answerOf(app, '/api/v1/workloads/shop/Deployment/none')).status).toBe(404);
    expect((await answerOf(app, '/api/v1/nothing')).status).toBe(404);
    expect((await answerOf(app, '/api/v1/fleet', LOOPBACK, 'POST')).status).toBe(405);
  });

  it('before the first tick are that it is starting, and when to ask again: no empty fleet, and nobody unknown', async () => {
    const starting = appOf(consoleSource([], { fleet: new FleetTable() }));
    const web = 'workloads/shop/Deployment/web';
    const paths = ['status', 'fleet', 'sparklines?keys=a/b/c', web, `${web}/object`, `${web}/series`];
    for (const path of paths) {
      const answer = await answerOf(starting, `/api/v1/${path}`);
      expect([answer.status, answer.headers.get('retry-after')], path).toEqual([503, '15']);
      expect(await answer.json(), path).toEqual({ error: 'it is starting: no tick has ended yet' });
    }
  });

  it('are there for each path that is described, and for no other', async () => {
    const { paths } = openApiDocument() as { paths: Record<string, object> };
    for (const path of Object.keys(paths)) {
      const asked = path.replace('{namespace}', 'shop').replace('{kind}', 'Deployment').replace('{name}', 'none');
      const answer = await answerOf(app, `${asked}${path.endsWith('sparklines') ? '?keys=a' : ''}`);
      expect(await answer.text(), path).not.toContain('nothing here');
    }
    for (const path of ['workloads', 'workloads/shop/Deployment', 'workloads/shop/Deployment/web/toString', 'toString'])
      expect((await answerOf(app, `/api/v1/${path}`)).status, path).toBe(404);
    expect((await answerOf(app, '/api/v1/workloads/shop/Deployment/%zz')).status).toBe(400);
  });

  it('read of a query what the description says, and refuse what it refuses', () => {
    const { query } = fleetRoute.request as { query: z.ZodType };
    const text = fc.oneof(fc.string({ maxLength: 8 }), fc.double().map(String), fc.integer().map(String));
    const choices = fc.constantFrom('observe', 'auto', 'true', 'false', 'x');
    const asked = fc.record({ limit: text, q: text, mode: choices, attention: choices }, { requiredKeys: [] });
    fc.assert(
      fc.property(asked, (fields) => {
        const described = query.safeParse(fields);
        const read = () => readParameters(FLEET, new URLSearchParams(fields));
        // What is blank or not decimal is no number of ours.
        fc.pre(fields.limit === undefined || /^-?\d+(\.\d+)?$/.test(fields.limit) || !described.success);
        if (described.success) expect(read()).toMatchObject(described.data as object);
        else expect(read).toThrow(InputError);
      }),
    );
  });

  it('say of what cannot be had now why', async () => {
    const answer = await answerOf(app, '/api/v1/workloads/shop/Deployment/web/forecast');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ error: expect.stringMatching(/^a day of demand .* 0\.5 hours are$/) });
  });

  it('tell no stranger what failed within', async () => {
    const failing = consoleSource([exampleStatus()], {
      workload: async () => {
        throw new TypeError('the password is hunter2');
      },
    });
    const answer = await answerOf(appOf(failing), '/api/v1/workloads/shop/Deployment/web');
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('hunter2');
  });

  it('let a page do nothing but show what this server has', async () => {
    const { headers } = await answerOf(app, '/api/v1/status');
    const policy = headers.get('content-security-policy')!;
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; /);
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('escape what a terminal would obey', async () => {
    const hostile = exampleStatus({ error: 'a\u001b[2Jb\u202ec' });
    const text = await (await answerOf(appOf(consoleSource([hostile])), '/api/v1/fleet')).text();
    expect(text).toContain('a\\u001b[2Jb\\u202ec');
  });
});

describe('without a token', () => {
  const app = appOf(consoleSource([exampleStatus()]));

  it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:8082', '10.1.2.3:8082', '', '[::2]'])(
    'a request to %j is not answered: its name may have been pointed here',
    async (host) => {
      const answer = await answerOf(app, '/api/v1/fleet', { host });
      expect(answer.status).toBe(421);
      expect(await answer.text()).not.toContain('shop');
    },
  );

  it.each(['localhost', 'LOCALHOST:18082', '127.0.0.1:8082', '127.9.9.9', '[::1]:8082'])(
    '%s is this machine',
    async (host) => {
      expect((await answerOf(app, '/api/v1/fleet', { host })).status).toBe(200);
    },
  );
});

describe('with tokens', () => {
  const shop = exampleStatus();
  const pay = exampleStatus({ ref: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'pay', name: 'api' } });
  const RESOURCES = new Map([['Deployment', { group: 'apps', resource: 'deployments' }]]);

  /** May get Deployments in the namespaces that it names: `shop,pay`; `*` is all; `gone` is no token of the cluster; Events with `+events`. */
  function world(failing = () => false) {
    let now = 0;
    const asked: string[] = [];
    const revoked = new Set<string>();
    const review: Review = async (token, { namespace, resource }) => {
      asked.push(`${token} ${namespace ?? '*'}`);
      if (failing()) throw new WorldError('the API server could not be asked');
      if (token === 'gone' || revoked.has(token)) return 'unauthenticated';
      if (resource === 'events' && !token.includes('+events')) return 'denied';
      return token
        .replace('+events', '')
        .split(',')
        .includes(namespace ?? '*')
        ? 'allowed'
        : 'denied';
    };
    const access = new ReviewedAccess(review, () => now);
    const app = appOf(consoleSource([shop, pay]), { kind: 'token', access, resources: RESOURCES });
    const as = (token: string | undefined, path: string) =>
      answerOf(app, `/api/v1${path}`, {
        host: 'prescale.example',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      });
    return { as, asked, revoked, later: (seconds: number) => (now += seconds) };
  }
  const keysOf = async (answer: Response) =>
    ((await answer.json()) as { rows: { key: string }[] }).rows.map(({ key }) => key);

  it('shows what its owner may get, and refuses the rest alike, whether it is there or not', async () => {
    const { as } = world();
    expect(await keysOf(await as('*', '/fleet'))).toEqual(['pay/Deployment/api', 'shop/Deployment/web']);
    expect(await keysOf(await as('shop', '/fleet'))).toEqual(['shop/Deployment/web']);
    const lines = await as('shop', '/sparklines?keys=shop/Deployment/web,pay/Deployment/api');
    expect(JSON.stringify(await lines.json())).not.toContain('pay/');
    const there = await as('shop', '/workloads/pay/Deployment/api');
    const nowhere = await as('shop', '/workloads/pay/Deployment/none');
    const noKind = await as('shop', '/workloads/shop/Secret/none');
    expect([there.status, nowhere.status, noKind.status]).toEqual([403, 403, 403]);
    expect(await there.text()).toBe(await nowhere.text());
    expect((await as('shop', '/workloads/shop/Deployment/none')).status).toBe(404);
    for (const part of ['object', 'decisions', 'series', 'forecast', 'what-if']) {
      expect((await as('shop', `/workloads/pay/Deployment/api/${part}`)).status, part).toBe(403);
    }
  });

  it('shows Events to whoever may get Events, and the rest to those who may not', async () => {
    const { as } = world();
    const object = async (token: string) =>
      checked(objectAnswer, await as(token, '/workloads/shop/Deployment/web/object'));
    expect((await object('shop+events')).events).toHaveLength(1);
    expect(await object('shop')).toMatchObject({
      events: null,
      eventsProblem: 'this token may not get Events in this namespace',
      settings: [{ annotation: 'prescale.dev/slo', understood: '99.99%' }],
    });
  });

  it('counts in the summary only what is shown', async () => {
    expect(await (await world().as('shop', '/status')).json()).toMatchObject({ workloads: 1 });
  });

  it('answers 401 without a valid one, and 403 to one without any right', async () => {
    const { as } = world();
    expect((await as(undefined, '/fleet')).status).toBe(401);
    expect((await as('gone', '/status')).status).toBe(401);
    expect((await as('gone', '/workloads/shop/Deployment/web')).status).toBe(401);
    expect((await as('elsewhere', '/fleet')).status).toBe(403);
    expect((await as('elsewhere', '/status')).status).toBe(403);
  });

  it('asks the API server once a minute at most, and lets a revoked token in no longer', async () => {
    const { as, asked, revoked, later } = world();
    for (let i = 0; i < 20; i++) await as('*', '/fleet');
    expect(asked).toEqual(['* *']);
    revoked.add('*');
    later(59);
    expect((await as('*', '/fleet')).status).toBe(200);
    later(1);
    expect((await as('*', '/fleet')).status).toBe(401);
  });

  it('keeps no failure, and no answer for longer because the API server is away', async () => {
    let away = true;
    const { as } = world(() => away);
    expect((await as('*', '/fleet')).status).toBe(503);
    away = false;
    expect((await as('*', '/fleet')).status).toBe(200);
  });
});
