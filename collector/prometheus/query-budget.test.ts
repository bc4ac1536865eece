import { expect, it } from 'vitest';
import { ApiError } from '../../kubernetes/api.ts';
import { type PrometheusHttp, TookTooLong } from './answer.ts';
import { budgeted, QueriesSpent, QueryBudget } from './query-budget.ts';

const waits: number[] = [];
const sleep = async (ms: number) => {
  waits.push(ms);
};
/** A server that fails so often. */
function failing(...errors: readonly Error[]): PrometheusHttp {
  const left = [...errors];
  return {
    name: 'http://prometheus',
    close: async () => {},
    ask: async () => {
      const error = left.shift();
      if (error) throw error;
      return { status: 200, body: '' };
    },
  };
}

it('no more is asked than is allowed, and the reserve stays until it is released, whoever counts an attempt', async () => {
  const budget = new QueryBudget(3, 1);
  const http = budgeted(failing(), budget, sleep);
  await http.ask('/', {});
  await http.ask('/', {});
  await expect(http.ask('/', {})).rejects.toBeInstanceOf(QueriesSpent);
  expect(budget.take()).toBe(false);
  budget.release();
  await http.ask('/', {});
  expect({ used: budget.used, left: budget.left }).toEqual({ used: 3, left: 0 });
});

it('a second attempt counts; it is made where the first may have failed by chance', async () => {
  const budget = new QueryBudget(9);
  const ask = (...errors: readonly Error[]) => budgeted(failing(...errors), budget, sleep).ask('/', {});
  await ask(new ApiError('unavailable', 503, 'ServiceUnavailable', 2));
  expect({ used: budget.used, waits }).toEqual({ used: 2, waits: [2_000] });
  await expect(ask(new ApiError('gone', 404, 'NotFound'))).rejects.toThrow('gone');
  await expect(ask(new TookTooLong('slow'))).rejects.toThrow('slow');
  await expect(ask(new ApiError('a', 503, ''), new ApiError('b', 503, ''))).rejects.toThrow('b');
  expect(budget.used).toBe(6);
});
