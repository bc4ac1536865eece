import { createRoute, z } from '@hono/zod-openapi';
import {
  decisionsAnswer,
  errorAnswer,
  fleetAnswer,
  forecastAnswer,
  objectAnswer,
  seriesAnswer,
  sparklinesAnswer,
  statusAnswer,
  workloadAnswer,
} from './answers.ts';
import { API } from './http.ts';
import {
  DECISIONS,
  FLEET,
  type Parameter,
  type Parameters,
  SAVINGS,
  SERIES,
  SPARKLINES,
  WHAT_IF,
} from './parameters.ts';
import { savingsAnswer } from './savings.ts';
import { whatIfAnswer, whatIfPrepared, whatIfQuestion } from './what-if.ts';

/* The questions as the description has them; the server reads what is asked by parameters.ts, of which this is made. */

const workload = z.object({
  namespace: z
    .string()
    .max(63)
    .openapi({ param: { name: 'namespace', in: 'path' }, example: 'shop' }),
  kind: z
    .string()
    .max(63)
    .openapi({ param: { name: 'kind', in: 'path' }, example: 'Deployment' }),
  name: z
    .string()
    .max(253)
    .openapi({ param: { name: 'name', in: 'path' }, example: 'web' }),
});

/** Of what the server reads. */
function queryOf(parameters: Parameters) {
  return z.object(Object.fromEntries(Object.entries(parameters).map(([name, one]) => [name, schemaOf(one)])));
}

function schemaOf(parameter: Parameter): z.ZodType {
  const described = 'description' in parameter ? { description: parameter.description } : {};
  switch (parameter.kind) {
    case 'text':
      return z.string().max(parameter.most).optional().openapi(described);
    case 'choice':
      return z.enum(parameter.of).optional().openapi(described);
    case 'whole':
      return z.coerce.number().int().min(parameter.least).max(parameter.most).default(parameter.usual);
    case 'number':
      return z.coerce.number().gt(parameter.over).max(parameter.most).default(parameter.usual);
    case 'list':
      return z
        .string()
        .max(parameter.mostLength)
        .openapi({ ...described, type: 'string', example: parameter.example });
  }
}

const failed = (description: string) => ({ description, content: { 'application/json': { schema: errorAnswer } } });

const FAILURES = {
  400: failed('The question has something wrong in it'),
  401: failed('auth is token, and no valid token came as `Authorization: Bearer`'),
  403: failed('The token may not get this: the same answer for what exists and what does not'),
  503: failed('What is asked for can not be had now; `Retry-After` where it soon will be'),
};

function get<Path extends string, Schema extends z.ZodType, Request extends object>(
  path: Path,
  summary: string,
  schema: Schema,
  request: Request,
) {
  return createRoute({
    method: 'get',
    path: `${API}${path}`,
    summary,
    request,
    responses: { 200: { description: summary, content: { 'application/json': { schema } } }, ...FAILURES },
  });
}

const NOT_FOUND = failed('No such workload has opted in');

function ofWorkload<Path extends string, Schema extends z.ZodType, Query extends z.ZodObject>(
  path: Path,
  summary: string,
  schema: Schema,
  query: Query,
) {
  return createRoute({
    method: 'get',
    path: `${API}/workloads/{namespace}/{kind}/{name}${path}`,
    summary,
    request: { params: workload, query },
    responses: {
      200: { description: summary, content: { 'application/json': { schema } } },
      ...FAILURES,
      404: NOT_FOUND,
    },
  });
}

const statusRoute = get('/status', 'Whose figures these are, how old, and what is gone', statusAnswer, {});

export const fleetRoute = get('/fleet', 'All workloads that opted in', fleetAnswer, { query: queryOf(FLEET) });

const savingsRoute = get(
  '/savings',
  'What could be saved at most on workloads of the cluster, opted in or not',
  savingsAnswer,
  { query: queryOf(SAVINGS) },
);

const sparklinesRoute = get(
  '/sparklines',
  "The last day of some workloads' demand by the half hour",
  sparklinesAnswer,
  { query: queryOf(SPARKLINES) },
);

const preparedRoute = get(
  '/what-if',
  'Gets ready for a what-if that comes soon: asked before it, that one is answered sooner',
  whatIfPrepared,
  {},
);

const workloadRoute = ofWorkload('', 'Why one workload has so many pods', workloadAnswer, z.object({}));
const objectRoute = ofWorkload(
  '/object',
  'Its annotations as written and as understood, and the Events on it',
  objectAnswer,
  z.object({}),
);
const decisionsRoute = ofWorkload('/decisions', 'Its changes of replicas', decisionsAnswer, queryOf(DECISIONS));
const seriesRoute = ofWorkload(
  '/series',
  'Its demand, what was forecast of it, and its replicas',
  seriesAnswer,
  queryOf(SERIES),
);
const forecastRoute = ofWorkload('/forecast', 'The next 24 hours, computed now', forecastAnswer, z.object({}));
const whatIfRoute = ofWorkload(
  '/what-if',
  'The past week replayed with other settings',
  whatIfAnswer,
  whatIfQuestion.extend(queryOf(WHAT_IF).shape),
);

export const ROUTES = [
  statusRoute,
  fleetRoute,
  savingsRoute,
  sparklinesRoute,
  preparedRoute,
  workloadRoute,
  objectRoute,
  decisionsRoute,
  seriesRoute,
  forecastRoute,
  whatIfRoute,
];
