/** Where the page is: the part after # in its address, so that it works under any path and needs nothing of the server. */
export interface Route {
  readonly page: 'fleet' | 'workload' | 'savings' | 'what-if';
  /** `shop/Deployment/web`; empty on the other pages. */
  readonly key: string;
  /** What is searched, sorted, shown: all of it is in the address. */
  readonly query: URLSearchParams;
}

/** @param hash `#/workload/shop/Deployment/web?days=3`; what is no address of ours is the fleet */
export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [page, ...rest] = path.split('/').map(decoded);
  const query = new URLSearchParams(search);
  if (page === 'savings') return { page, key: '', query };
  if ((page === 'workload' || page === 'what-if') && rest.length === 3) return { page, key: rest.join('/'), query };
  return { page: 'fleet', key: '', query };
}

export function formatRoute({ page, key, query }: Route): string {
  const parts = key === '' ? [page] : [page, ...key.split('/').map(encodeURIComponent)];
  const search = query.toString();
  return `#/${parts.join('/')}${search === '' ? '' : `?${search}`}`;
}

/** The same place with other parameters; an empty one is left out. */
export function withQuery(route: Route, changes: Readonly<Record<string, string>>): Route {
  const query = new URLSearchParams(route.query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === '') query.delete(name);
    else query.set(name, value);
  }
  return { ...route, query };
}

export function linkTo(page: Route['page'], key = '', query: Readonly<Record<string, string>> = {}): string {
  return formatRoute({ page, key, query: new URLSearchParams(query) });
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
