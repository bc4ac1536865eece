import { describe, expect, it } from 'vitest';
import type { UnknownBound } from '../../addon/bounds/cluster-bounds.ts';
import { InputError } from '../../core/errors.ts';
import { checked } from '../../test/checked-answer.ts';
import { answerOf, appOf, consoleSource } from '../../test/console-source.ts';
import { exampleStatus } from '../../test/example-status.ts';
import { exampleWhatIf } from '../../test/example-what-if.ts';
import { type Review, ReviewedAccess } from './access.ts';
import { savingsAnswer } from './savings.ts';
import type { ConsoleSource } from './source.ts';
import { whatIfAnswer, whatIfPrepared } from './what-if.ts';

function exampleBounds(unknown: readonly UnknownBound[]) {
  return {
    ...{ madeSeconds: 100, prometheus: 'http://prometheus', fromSeconds: 0, toSeconds: 100, queries: 3 },
    ...{ startupSeconds: 60, unlisted: [], rows: [], unknown, failed: 'Prometheus is away' },
  };
}

describe('savings and what-if', () => {
  const app = appOf(consoleSource([exampleStatus()]));

  it('have every workload of the cluster page by page, and why nothing is known', async () => {
    const rows = Array.from({ length: 5 }, (_, i) => ({ key: `shop/Deployment/${i}`, why: 'no data', fault: false }));
    const many = appOf(consoleSource([exampleStatus()], { bounds: async () => exampleBounds(rows) }));
    const first = await checked(savingsAnswer, await answerOf(many, '/api/v1/savings?limit=3'));
    expect(first).toMatchObject({ total: 5, why: 'Prometheus is away', queries: 3, rows: { length: 3 } });
    const rest = await checked(savingsAnswer, await answerOf(many, `/api/v1/savings?limit=3&cursor=${first.next}`));
    expect(rest).toMatchObject({ next: null, rows: [{ key: 'shop/Deployment/3' }, { key: 'shop/Deployment/4' }] });
    expect((await answerOf(many, '/api/v1/savings?cursor=%25')).status).toBe(400);
    const nothing = await checked(savingsAnswer, await answerOf(app, '/api/v1/savings'));
    expect(nothing).toMatchObject({ madeSeconds: null, why: 'not made yet', total: 0, rows: [] });
  });

  it('get ready for a what-if where one is about to be asked', async () => {
    let prepared = 0;
    const prepareWhatIf = () => ++prepared > 1;
    const one = appOf(consoleSource([exampleStatus()], { prepareWhatIf }));
    expect(await checked(whatIfPrepared, await answerOf(one, '/api/v1/what-if'))).toEqual({ here: false });
    expect(await checked(whatIfPrepared, await answerOf(one, '/api/v1/what-if'))).toEqual({ here: true });
  });

  it('of a what-if are asked for in part or whole, and refused where no annotation could ask so', async () => {
    const asked: unknown[] = [];
    const whatIf: ConsoleSource['whatIf'] = async (key, question, wait) => {
      asked.push([key, question, wait]);
      if (question.min === 50) throw new InputError('min: found 50; expected at most the maximum, which is 40');
      return exampleWhatIf({ pending: wait === 'first' ? ['hpa', 'oracle'] : [] });
    };
    const one = appOf(consoleSource([exampleStatus()], { whatIf }));
    const path = '/api/v1/workloads/shop/Deployment/web/what-if';
    const part = await checked(whatIfAnswer, await answerOf(one, `${path}?max=12&wait=first`));
    expect(part.pending).toEqual(['hpa', 'oracle']);
    expect((await checked(whatIfAnswer, await answerOf(one, path))).pending).toEqual([]);
    expect(asked).toEqual([
      ['shop/Deployment/web', { max: 12 }, 'first'],
      ['shop/Deployment/web', {}, 'all'],
    ]);
    const refused = await answerOf(one, `${path}?min=50`);
    expect([refused.status, await refused.json()]).toEqual([
      400,
      { error: 'min: found 50; expected at most the maximum, which is 40' },
    ]);
    for (const query of ['wait=some', 'max=4.5', 'startCostSeconds=3601']) {
      expect((await answerOf(one, `${path}?${query}`)).status, query).toBe(400);
    }
  });

  it('shows of all workloads of the cluster only those that its owner may get', async () => {
    const row = (key: string) => ({ key, why: 'no data', fault: false });
    const rows = [row('shop/Deployment/a'), row('pay/Deployment/b'), row('shop/Rollout/c')];
    const review: Review = async (token, { namespace }) => {
      if (token === 'gone') return 'unauthenticated';
      return token === (namespace ?? '*') ? 'allowed' : 'denied';
    };
    const source = consoleSource([exampleStatus()], { bounds: async () => exampleBounds(rows) });
    const resources = new Map([['Deployment', { group: 'apps', resource: 'deployments' }]]);
    const own = appOf(source, { kind: 'token', access: new ReviewedAccess(review, () => 0), resources });
    const as = (token: string, path: string) =>
      answerOf(own, `/api/v1${path}`, { host: 'prescale.example', authorization: `Bearer ${token}` });
    const keysOf = async (answer: Response) =>
      ((await answer.json()) as { rows: { key: string }[] }).rows.map(({ key }) => key);
    expect(await keysOf(await as('shop', '/savings'))).toEqual(['shop/Deployment/a']);
    expect(await keysOf(await as('*', '/savings'))).toEqual(['pay/Deployment/b', 'shop/Deployment/a']);
    expect((await as('elsewhere', '/savings')).status).toBe(403);
    expect((await as('gone', '/savings')).status).toBe(401);
  });
});
