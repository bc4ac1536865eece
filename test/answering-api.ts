import type { KubernetesApi, Query } from '../kubernetes/api.ts';

/** The read-only part of an API server whose answers a test makes up; every path that is asked for is recorded. */
export function answeringApi(answer: (path: string, query: Query) => unknown): { api: KubernetesApi; asked: string[] } {
  const asked: string[] = [];
  const no = () => Promise.reject(new Error('not part of this test'));
  const api: KubernetesApi = {
    server: 'https://api',
    get: async <T>(path: string, query: Query = {}): Promise<T> => {
      asked.push(path);
      return answer(path, query) as T;
    },
    post: no,
    put: no,
    patch: no,
    delete: no,
    watch: no,
    close: async () => {},
  };
  return { api, asked };
}
