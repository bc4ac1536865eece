import type { Context, MiddlewareHandler } from 'hono';
import type { Viewer } from './viewer.ts';

/** Twenty tabs ask for the same few pages. */
const MOST_PAGES = 64;
const MOST_BYTES = 8e6;

interface Page {
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** What is answered, and since which tick it is the same. */
export interface PageVersion {
  /** Another object after each tick; undefined: there was none. */
  readonly version: object | undefined;
  /** Namespaces and kinds that there are. */
  kinds(): Iterable<{ readonly kind: string; readonly namespace: string }>;
}

/**
 * Keeps answers as they are sent until the next tick, for whoever sees the same: making a page of a thousand rows takes longer than all else
 * that the console does. Stands before what compresses.
 */
export function keptPages(of: () => PageVersion): MiddlewareHandler<{ Variables: { viewer: Viewer } }> {
  const pages = new Map<string, Page>();
  let version: object | undefined;
  let bytes = 0;
  const forget = () => {
    pages.clear();
    bytes = 0;
  };
  return async (context, next) => {
    const now = of();
    if (now.version !== version) forget();
    version = now.version;
    const seen = await context.get('viewer').visible(now.kinds());
    if (typeof seen === 'string') return next();
    const { url } = context.req;
    const key = `${context.req.header('accept-encoding') ?? ''}\n${url}\n${[...seen].sort().join()}`;
    const before = pages.get(key);
    if (before) return answered(context, before);
    await next();
    if (context.res.status !== 200) return undefined;
    const body = new Uint8Array(await context.res.arrayBuffer());
    const page = { headers: new Headers(context.res.headers), body };
    context.res = new Response(body, { status: 200, headers: page.headers });
    // A tick may have come meanwhile: this page is of the one before it.
    if (of().version !== version) return undefined;
    if (pages.size >= MOST_PAGES || bytes + body.length > MOST_BYTES) forget();
    pages.set(key, page);
    bytes += body.length;
    return undefined;
  };
}

function answered(context: Context, { headers, body }: Page): Response {
  const tag = headers.get('etag');
  const same = tag !== null && (context.req.header('if-none-match') ?? '').split(/,\s*/).includes(tag);
  return same
    ? new Response(null, { status: 304, headers: { etag: tag } })
    : new Response(body, { status: 200, headers: new Headers(headers) });
}
