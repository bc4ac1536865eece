import { z } from 'zod';
import { parseQuantity } from '../../core/quantity.ts';

/*
 * `autoscaling/v2` HorizontalPodAutoscaler as the API server takes it (kubernetes v1.35 staging/src/k8s.io/api/autoscaling/v2/types.go and
 * pkg/apis/autoscaling/validation). Every message says what is expected; what is not in the API is refused.
 */

/** An absent field and `null` are the same to the API server. */
function optional<T extends z.ZodType>(schema: T) {
  return schema.nullish().transform((value) => value ?? undefined);
}

const text = z.string('a text').min(1, 'a text');
const choice = <const T extends readonly string[]>(values: T) => z.enum(values, `one of ${values.join(', ')}`);

function whole(least: number, most: number) {
  const expected = most === Number.MAX_SAFE_INTEGER ? `of ${least} or more` : `from ${least} to ${most}`;
  const message = `a whole number ${expected}`;
  return z.int(message).min(least, message).max(most, message);
}

/** A Kubernetes quantity with its text. */
function quantity(expected: string, isRight: (value: number) => boolean) {
  return z.union([z.string(), z.number()], expected).transform((written, context) => {
    const value = parseQuantity(String(written));
    if (value !== undefined && isRight(value)) return { text: String(written), value };
    context.addIssue({ code: 'custom', message: expected });
    return z.NEVER;
  });
}

const amount = quantity('a quantity above 0 such as 500m, 30 or 1k', (value) => value > 0);
const metric = z.strictObject({ name: text, selector: z.unknown().optional() }, 'a metric with its name');
const target = z.strictObject(
  {
    type: choice(['Utilization', 'AverageValue', 'Value']),
    averageUtilization: optional(whole(1, Number.MAX_SAFE_INTEGER)),
    averageValue: optional(amount),
    value: optional(amount),
  },
  'a target with its type',
);
const section = <T extends z.ZodRawShape>(shape: T) => optional(z.strictObject(shape, 'a section'));
const reference = z.strictObject({ apiVersion: optional(text), kind: text, name: text }, 'a kind and a name');

const rules = section({
  stabilizationWindowSeconds: optional(whole(0, 3_600)),
  selectPolicy: optional(choice(['Max', 'Min', 'Disabled'])),
  tolerance: optional(quantity('a share of 0 or more such as 0.05', (value) => value >= 0)),
  policies: optional(
    z
      .array(
        z.strictObject(
          {
            type: choice(['Pods', 'Percent']),
            value: whole(1, Number.MAX_SAFE_INTEGER),
            periodSeconds: whole(1, 1_800),
          },
          'a policy',
        ),
        'a list of policies',
      )
      .min(1, 'at least one policy'),
  ),
});

const metricSpec = z.strictObject(
  {
    type: choice(['Resource', 'ContainerResource', 'Pods', 'Object', 'External']),
    resource: section({ name: text, target }),
    containerResource: section({ name: text, container: text, target }),
    pods: section({ metric, target }),
    object: section({ describedObject: reference, metric, target }),
    external: section({ metric, target }),
  },
  'a metric',
);

export const hpaSchema = z.strictObject(
  {
    apiVersion: z.literal('autoscaling/v2', 'autoscaling/v2'),
    kind: z.literal('HorizontalPodAutoscaler', 'HorizontalPodAutoscaler'),
    metadata: optional(z.looseObject({ name: optional(text) }, 'a section')),
    spec: z.strictObject(
      {
        scaleTargetRef: reference,
        minReplicas: optional(whole(0, Number.MAX_SAFE_INTEGER)),
        maxReplicas: whole(1, Number.MAX_SAFE_INTEGER),
        metrics: optional(z.array(metricSpec, 'a list of one metric')),
        behavior: section({ scaleUp: rules, scaleDown: rules }),
      },
      'a section',
    ),
    // What the controller writes; an export has it.
    status: z.unknown().optional(),
  },
  'a HorizontalPodAutoscaler of autoscaling/v2',
);

export type HpaObject = z.output<typeof hpaSchema>;
export type MetricObject = z.output<typeof metricSpec>;
export type RulesObject = z.output<typeof rules>;

/** All field names, to find the one that was meant. */
export const HPA_FIELDS: readonly string[] = [
  ...['apiVersion', 'kind', 'metadata', 'spec', 'status', 'scaleTargetRef', 'minReplicas', 'maxReplicas', 'metrics'],
  ...[
    'behavior',
    'scaleUp',
    'scaleDown',
    'stabilizationWindowSeconds',
    'selectPolicy',
    'tolerance',
    'policies',
    'type',
  ],
  ...['value', 'periodSeconds', 'resource', 'containerResource', 'pods', 'object', 'external', 'name', 'container'],
  ...['metric', 'target', 'describedObject', 'selector', 'averageUtilization', 'averageValue'],
];
