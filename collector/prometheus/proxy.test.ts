import { describe, expect, it } from 'vitest';
import { InputError } from '../../core/errors.ts';
import { ApiError, type Query } from '../../kubernetes/api.ts';
import { answeringApi } from '../../test/answering-api.ts';
import { CONTRACT_QUERY } from '../demand/demand-source.contract.ts';
import { RequestTooLarge, readAnswer, TookTooLong, TooMuchAtOnce } from './answer.ts';
import { prometheusDemand } from './demand.ts';
import { prometheusThroughApiServer } from './proxy.ts';

const PROXY = '/api/v1/namespaces/monitoring/services/http:prometheus:9090/proxy';

function through(answer: (path: string, query: Query) => unknown) {
  return prometheusThroughApiServer(answeringApi(answer).api, PROXY);
}
const failing = (status: number, message: string) =>
  through(() => {
    throw new ApiError(message, status, 'Whatever');
  });

describe('a Prometheus behind the API server', () => {
  it('is asked by its path there', async () => {
    const asked: [string, Query][] = [];
    const http = through((path, query) => {
      asked.push([path, query]);
      const values = [[1_790_000_000, '2.5']];
      return { status: 'success', data: { resultType: 'matrix', result: [{ metric: {}, values }] } };
    });
    const source = prometheusDemand(http, http, { templates: {}, allowRawQueries: false });
    const range = { startSeconds: 1_790_000_000, endSeconds: 1_790_000_060, stepSeconds: 60 };
    expect([...(await source.history(CONTRACT_QUERY, range)).values]).toEqual([2.5]);
    expect(asked).toEqual([[`${PROXY}/api/v1/query_range`, expect.objectContaining({ step: '60' })]]);
  });

  it("passes Prometheus's refusal of a query on as one", async () => {
    const source = prometheusDemand(failing(400, 'parse error'), failing(400, 'parse error'), {
      templates: { t: { query: 'sum(', args: [] } },
      allowRawQueries: false,
    });
    const query = { ...CONTRACT_QUERY, metric: { kind: 'template' as const, template: 't', args: {} } };
    const reading = (await source.latest([query], 1_790_000_000, () => [])).get(query.id);
    expect(reading).toEqual({ kind: 'missing', why: `https://api${PROXY} refused the query: parse error` });
  });

  const RBAC = 'User "jane" cannot get resource "services/proxy" in API group "" in the namespace "monitoring"';

  it('names the right that is missing, and knows slowness', async () => {
    await expect(failing(403, RBAC).ask('/api/v1/query', {})).rejects.toThrow(/right to get services\/proxy/);
    // Whoever else refuses is quoted, and RBAC is not blamed.
    await expect(failing(403, 'no tenant').ask('/api/v1/query', {})).rejects.toThrow(/no tenant$/);
    await expect(failing(504, 'timed out').ask('/api/v1/query', {})).rejects.toBeInstanceOf(TookTooLong);
    const words = '503 ServiceUnavailable: {"status":"error","errorType":"timeout","error":"query timed out"}';
    await expect(failing(503, words).ask('/api/v1/query', {})).rejects.toBeInstanceOf(TookTooLong);
  });

  it('knows what is too much at once, in the words of servers on the way and in those of Prometheus', async () => {
    for (const status of [413, 414, 431]) {
      await expect(failing(status, 'too large').ask('/api/v1/query', {})).rejects.toBeInstanceOf(RequestTooLarge);
    }
    const words = 'query processing would load too many samples into memory in query execution';
    const { status, body } = await failing(422, words).ask('/api/v1/query_range', {});
    expect(() => readAnswer('http://prometheus', status, body)).toThrow(TooMuchAtOnce);
    expect(() => readAnswer('http://prometheus', status, body.replace(words, 'parse error'))).toThrow(InputError);
  });
});
