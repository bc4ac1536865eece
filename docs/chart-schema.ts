import { configJsonSchema } from '../addon/config/config.ts';
import type { ChartValue } from './chart-values.ts';

/** JSON Schema (draft 7) as far as the chart's values use it. */
export interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly additionalProperties?: unknown;
  readonly patternProperties?: unknown;
  readonly description?: string;
  readonly [keyword: string]: unknown;
}

/** What other charts call the values of this one, at the root. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  replicas: 'replicaCount',
  labels: 'commonLabels',
  annotations: 'commonAnnotations',
  env: 'extraEnv',
  volumes: 'extraVolumes',
  volumeMounts: 'extraVolumeMounts',
  extraObjects: 'extraManifests',
  pdb: 'podDisruptionBudget',
  settings: 'config',
};

/** helm/values.schema.json: what is written there by hand, `config` from addon/config/config.ts, descriptions, and suggestions for near misses. */
export function chartSchema(schema: JsonSchema, values: readonly ChartValue[]): JsonSchema {
  const properties = { ...schema.properties, config: configJsonSchema() };
  return withSuggestions(withDescriptions({ ...schema, properties }, values), ELSEWHERE);
}

/**
 * A schema that answers a near miss of a known name, wherever it is strict (`additionalProperties: false`), with that name. Helm prints
 * `at '/replicaCout': value must be 'did you mean replicaCount?'`, and `additional properties 'x' not allowed` of what is near to nothing.
 */
function withSuggestions(schema: JsonSchema, elsewhere: Readonly<Record<string, string>> = {}): JsonSchema {
  const { patternProperties: _, ...rest } = schema;
  const properties = schema.properties && mapped(schema.properties, (inner) => withSuggestions(inner));
  const strict = schema.properties !== undefined && schema.additionalProperties === false;
  return {
    ...rest,
    ...(properties === undefined ? {} : { properties }),
    ...(schema.items === undefined ? {} : { items: withSuggestions(schema.items) }),
    ...(strict ? { patternProperties: nearMisses(Object.keys(schema.properties!), elsewhere) } : {}),
  };
}

function nearMisses(names: readonly string[], elsewhere: Readonly<Record<string, string>>): Record<string, object> {
  // The pattern of one name may be another name of the same section: what is known is no miss.
  const near = names.map((name) => [oneEditFrom(name), name] as const);
  const own = near.filter(([pattern]) => !names.some((name) => new RegExp(pattern).test(name)));
  const habits = Object.entries(elsewhere).map(([habit, name]) => [`^${habit}$`, name] as const);
  return Object.fromEntries(
    [...own, ...habits].map(([pattern, name]) => [pattern, { const: `did you mean ${name}?` }]),
  );
}

/**
 * A pattern of what is one edit away from the name (a letter too many, missing, wrong, or swapped with the next) or writes it without
 * capitals (`replicacount`, `replica_count`), and not of the name itself. Go's patterns, which Helm uses, have no lookahead for that.
 */
export function oneEditFrom(name: string): string {
  const letters = [...name];
  const edits = letters.flatMap((letter, i) => {
    const [head, tail] = [name.slice(0, i), name.slice(i + 1)];
    const next = name[i + 1];
    const swapped = next === undefined || next === letter ? [] : [`${head}${next}${letter}${name.slice(i + 2)}`];
    return [`${head}(?:[^${letter}]?|.${letter})${tail}`, ...swapped];
  });
  const small = name.replace(/[A-Z]/g, (capital) => `[-_]?${capital.toLowerCase()}`);
  return `^(?:${[...edits, `${name}.`, ...(small === name ? [] : [small])].join('|')})$`;
}

/** The schema with the comments of values.yaml as descriptions. */
function withDescriptions(schema: JsonSchema, values: readonly ChartValue[]): JsonSchema {
  const texts = new Map(values.map(({ path, description }) => [path, description]));
  const described = (inner: JsonSchema, path: string): JsonSchema => {
    const description = texts.get(path) ?? inner.description;
    const properties = inner.properties && mapped(inner.properties, (one, key) => described(one, `${path}.${key}`));
    const { description: _, ...rest } = inner;
    return {
      ...(description === undefined ? {} : { description }),
      ...rest,
      ...(properties === undefined ? {} : { properties }),
    };
  };
  return { ...schema, properties: mapped(schema.properties ?? {}, (one, key) => described(one, key)) };
}

function mapped(
  properties: Readonly<Record<string, JsonSchema>>,
  of: (schema: JsonSchema, key: string) => JsonSchema,
): Record<string, JsonSchema> {
  return Object.fromEntries(Object.entries(properties).map(([key, schema]) => [key, of(schema, key)]));
}
