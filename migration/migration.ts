/** Where a result comes from. */
export interface SourceObject {
  readonly file: string;
  readonly line: number;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/** A field that was carried over. */
export interface CarriedField {
  readonly file: string;
  readonly line: number;
  readonly path: string;
  /** As it stands, at most sixty characters. */
  readonly value: string;
  /** What it became, in Markdown: `` `min-replicas` ``. */
  readonly to: string;
}

/** A field that was not, and why. */
export interface DroppedField {
  readonly file: string;
  readonly line: number;
  readonly path: string;
  readonly value: string;
  readonly reason: string;
}

/** PromQL of the administrator's that the annotations choose. */
export interface TemplateDraft {
  readonly name: string;
  readonly query: string;
  /** Why somebody has to look at the query first; undefined: it is the manifest's own. */
  readonly draft: string | undefined;
}

/** What becomes of the autoscalers of one workload. */
export interface Migration {
  readonly sources: readonly SourceObject[];
  readonly workload: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
    readonly namespace: string | undefined;
  };
  /** With the prefix, in the order of docs/annotations.md. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly templates: readonly TemplateDraft[];
  /** Settings of the chart beside the templates, below `config`. */
  readonly settings: readonly { readonly path: readonly (string | number)[]; readonly value: unknown }[];
  /** The mode that the manifest asks for. */
  readonly ownMode: string | undefined;
  readonly carried: readonly CarriedField[];
  readonly notCarried: readonly DroppedField[];
  /** What the manifest doesn't say and was taken for granted, in sentences. */
  readonly assumptions: readonly string[];
}
