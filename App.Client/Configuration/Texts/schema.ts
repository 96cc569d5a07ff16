// What the format (as JSON Schema) says of a place.
export interface Schema {
  description?: string; type?: string | string[]; const?: unknown; enum?: unknown[]; properties?: Record<string, Schema>; additionalProperties?: Schema | boolean; patternProperties?: Record<string, unknown>;
  items?: Schema; anyOf?: Schema[]; oneOf?: Schema[]; required?: string[]; "x-names"?: string;
}

/** All that a schema allows, alternatives laid beside each other. */
function flat(schema: Schema): Schema[] { return [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap(flat).concat(schema.anyOf || schema.oneOf ? [{ ...schema, anyOf: undefined, oneOf: undefined }] : [schema]); }

function below(schema: Schema, segment: string): Schema[] {
  if (segment === "[]") return schema.items ? [schema.items] : [];
  const own = schema.properties?.[segment] ?? (typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined);
  return own ? [own] : [];
}

/** The schemas of a path; of several kinds of thing that may stand there, those that fit the keys beside it. */
export function schemasAt(root: Schema, path: string[], siblings = new Map<string, string>()): Schema[] {
  let found = flat(root);
  for (const segment of path) found = found.flatMap(s => below(s, segment)).flatMap(flat);
  const type = siblings.get("type");
  const fitting = found.filter(s => type === undefined || !s.properties?.["type"] || s.properties["type"].const === type);
  // A step is of the kind whose key it has.
  const kinds = fitting.filter(s => s.required?.some(r => siblings.has(r)));
  return kinds.length > 0 && fitting.length > 1 && type === undefined ? kinds : fitting.length > 0 ? fitting : found;
}

export interface Choice { label: string; about: string; isNeeded: boolean }

export function keysAt(root: Schema, path: string[], siblings: Map<string, string>): Choice[] {
  const choices = new Map<string, Choice>();
  for (const schema of schemasAt(root, path, siblings))
    for (const [label, own] of Object.entries(schema.properties ?? {}))
      if (!siblings.has(label) && !choices.has(label)) choices.set(label, { label, about: own.description ?? "", isNeeded: schema.required?.includes(label) === true });
  return [...choices.values()];
}

/** The words that may stand at a place, and the section of whose names one is expected. */
export function valuesAt(root: Schema, path: string[]): { words: string[]; names: string | undefined } {
  const own = schemasAt(root, path), items = own.flatMap(s => s.items ? flat(s.items) : []);
  const words = [...own, ...items].flatMap(s => s.enum ?? (s.const !== undefined ? [s.const] : s.type === "boolean" ? [true, false] : [])).map(String);
  const parent = path.at(-1) === "[]" ? schemasAt(root, path.slice(0, -1)) : [];
  const all = path.at(-1) === "[]" ? namesOf(root, path.slice(0, -1)) : namesOf(root, path);
  return { words: [...new Set(words)], names: all ?? parent.find(s => s["x-names"])?.["x-names"] };
}

// The word stands beside the alternatives, not in one of them.
function namesOf(root: Schema, path: string[]): string | undefined {
  return schemasAt(root, path.slice(0, -1)).map(s => s.properties?.[path.at(-1)!]?.["x-names"]).find(n => n !== undefined);
}

export function aboutAt(root: Schema, path: string[], siblings: Map<string, string>): string | undefined {
  const key = path.at(-1)!;
  return schemasAt(root, path.slice(0, -1), siblings).map(s => s.properties?.[key]?.description ?? (typeof s.additionalProperties === "object" ? s.additionalProperties.description : undefined)).find(d => d);
}
