import { WorldError } from '../../core/errors.ts';
import { ApiError } from '../../kubernetes/api.ts';
import type { PrometheusHttp } from './answer.ts';

/** No request is left of those that may be made. */
export class QueriesSpent extends WorldError {}

/** So many requests to Prometheus may be made, attempts after a failure included. */
export class QueryBudget {
  readonly most: number;
  private reserve: number;
  private made = 0;

  /** @param reserve so many of them are kept until `release` */
  constructor(most: number, reserve = 0) {
    this.most = most;
    this.reserve = reserve;
  }

  get used(): number {
    return this.made;
  }

  get left(): number {
    return this.most - this.made;
  }

  /** Counts one more, unless none but the reserve is left. @returns whether it may be made */
  take(): boolean {
    if (this.left <= this.reserve) return false;
    this.made++;
    return true;
  }

  /** From now on the reserve may be used, too. */
  release(): void {
    this.reserve = 0;
  }
}

/** Through the API server a request that failed is made once more. */
const ATTEMPTS = 2;
const MOST_WAIT_MS = 30_000;
const WAIT_MS = 500;

/**
 * The same server, asked no more often than the budget allows.
 * @param sleep waits so many milliseconds
 */
export function budgeted(
  http: PrometheusHttp,
  budget: QueryBudget,
  sleep: (ms: number) => Promise<void>,
): PrometheusHttp {
  return {
    name: http.name,
    close: () => http.close(),
    ask: async (path, parameters) => {
      for (let attempt = 1; ; attempt++) {
        if (!budget.take()) {
          throw new QueriesSpent(`not asked for: at most ${budget.most} queries are made; -n <namespace> needs fewer`);
        }
        try {
          return await http.ask(path, parameters);
        } catch (error) {
          if (attempt === ATTEMPTS || !(error instanceof ApiError) || !mayPass(error)) throw error;
          await sleep(Math.min(Math.max(WAIT_MS, (error.retryAfterSeconds ?? 0) * 1000), MOST_WAIT_MS));
        }
      }
    },
  };
}

/** Whether the same request may succeed later. */
function mayPass({ status }: ApiError): boolean {
  return status === 0 || status === 429 || status >= 500;
}
