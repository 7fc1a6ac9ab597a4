// What the API can do, from its OpenAPI document, as a page tells it.

/** What is read of an OpenAPI 3.1 document. */
export interface Document {
  paths: Record<string, Record<string, RawOperation>>;
  components?: { schemas?: Record<string, Schema>; responses?: Record<string, RawAnswer> };
}

interface RawAnswer {
  $ref?: string;
  description?: string;
  content?: Record<string, { schema?: Schema }>;
}

interface RawOperation {
  tags?: string[];
  summary?: string;
  description?: string;
  operationId?: string;
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema?: Schema }[];
  requestBody?: { content?: Record<string, { schema?: Schema }> };
  responses?: Record<string, RawAnswer>;
  "x-role"?: string;
}

export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: string[];
  items?: Schema;
  oneOf?: Schema[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  description?: string;
}

/** A field of a body, or a parameter. */
export interface Field {
  name: string;
  type: string;
  /** The schema that it is made of, where that has a name. */
  schema: string | undefined;
  required: boolean;
  about: string;
}

export interface Parameter extends Field {
  /** `path`, `query` or `header`. */
  place: string;
}

export interface Body {
  /** The status of an answer; empty for what is sent. */
  status: string;
  /** `application/json`; empty where there is no body. */
  media: string;
  type: string;
  schema: string | undefined;
  about: string;
}

export interface Operation {
  id: string;
  method: string;
  path: string;
  /** The least role, or `anybody`, or `agent`. */
  role: string;
  summary: string;
  about: string;
  parameters: Parameter[];
  sends: Body[];
  answers: Body[];
}

export interface Group {
  tag: string;
  operations: Operation[];
}

/** What a schema is made of: one shape, or several of which a value has one. */
export interface Shape {
  about: string;
  fields: Field[];
}

const METHODS = ["get", "post", "put", "patch", "delete"];

/** What agents say to the server: last, because no person or program of theirs calls it. */
const LAST = "agent";

/** Every operation, below its tag; tags by name, operations by path as the document has them. */
export function groups(document: Document): Group[] {
  const found = new Map<string, Operation[]>();
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const raw = methods[method];
      if (!raw) continue;
      const tag = raw.tags?.[0] ?? "other";
      found.set(tag, [...(found.get(tag) ?? []), operation(document, path, method, raw)]);
    }
  }
  const rank = (tag: string) => (tag === LAST ? 1 : 0);
  return [...found].map(([tag, operations]) => ({ tag, operations })).sort((a, b) => rank(a.tag) - rank(b.tag) || a.tag.localeCompare(b.tag));
}

function operation(document: Document, path: string, method: string, raw: RawOperation): Operation {
  return {
    id: raw.operationId ?? `${method} ${path}`,
    method: method.toUpperCase(),
    path,
    role: raw["x-role"] ?? "",
    summary: raw.summary ?? "",
    about: raw.description ?? "",
    parameters: (raw.parameters ?? []).map((one) => ({ ...field(one.name, one.schema ?? {}, one.required ?? false), about: one.description ?? one.schema?.description ?? "", place: one.in })),
    sends: bodies("", raw.requestBody ?? {}),
    answers: Object.entries(raw.responses ?? {}).flatMap(([status, answer]) => bodies(status, resolved(document, answer))),
  };
}

/** An answer that many operations share stands in the document once. */
function resolved(document: Document, answer: RawAnswer): RawAnswer {
  const name = answer.$ref?.split("/").pop();
  return (name && document.components?.responses?.[name]) || answer;
}

function bodies(status: string, from: { description?: string; content?: Record<string, { schema?: Schema }> }): Body[] {
  const contents = Object.entries(from.content ?? {});
  const about = from.description ?? "";
  if (contents.length === 0) return status ? [{ status, media: "", type: "", schema: undefined, about }] : [];
  return contents.map(([media, { schema }]) => ({ status, media, type: schema ? typeText(schema) : "", schema: schema && schemaOf(schema), about }));
}

function field(name: string, schema: Schema, required: boolean): Field {
  const about = schema.description ?? schema.oneOf?.find((one) => one.description)?.description ?? "";
  return { name, type: typeText(schema), schema: schemaOf(schema), required, about };
}

/** The name of the schema that this is, or is a list or a map of. */
function schemaOf(schema: Schema): string | undefined {
  if (schema.$ref) return schema.$ref.split("/").pop();
  const inner = [schema.items, ...(schema.oneOf ?? []), ...(schema.allOf ?? []), typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined];
  return inner.flatMap((one) => (one ? [schemaOf(one)] : [])).find((name) => name !== undefined);
}

/** What a value is, in a few words: `Site`, `list of Delta`, `text or null`. */
export function typeText(schema: Schema): string {
  if (schema.$ref) return schema.$ref.split("/").pop() ?? "";
  if (schema.enum) return schema.enum.join(" | ");
  const several = schema.oneOf ?? schema.allOf;
  if (several) return several.map(typeText).join(schema.oneOf ? " or " : " and ");
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeText({ ...schema, type })).join(" or ");
  switch (schema.type) {
    case "array":
      return `list of ${schema.items ? typeText(schema.items) : "anything"}`;
    case "object":
      return typeof schema.additionalProperties === "object" ? `map of ${typeText(schema.additionalProperties)}` : "object";
    case "string":
      return schema.format === "date-time" ? "time" : "text";
    default:
      return schema.type ?? "anything";
  }
}

/** What stands in a schema of the document, in the order in which the document has it. */
export function shapes(document: Document, name: string): Shape[] {
  const schema = document.components?.schemas?.[name];
  return schema ? shapesOf(document, schema) : [];
}

function shapesOf(document: Document, schema: Schema): Shape[] {
  if (schema.$ref) return shapes(document, schema.$ref.split("/").pop() ?? "");
  if (schema.oneOf) return schema.oneOf.flatMap((one) => shapesOf(document, one));
  if (schema.allOf) {
    const parts = schema.allOf.flatMap((one) => shapesOf(document, one));
    return [{ about: schema.description ?? "", fields: parts.flatMap((part) => part.fields) }];
  }
  const required = schema.required ?? [];
  const fields = Object.entries(schema.properties ?? {}).map(([key, one]) => field(key, one, required.includes(key)));
  const about = [schema.description, fields.length === 0 && typeText(schema)].filter(Boolean).join(" ");
  return [{ about, fields }];
}

/** Only what has all the words, somewhere in what a reader sees of it. */
export function fitting(all: Group[], words: string): Group[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (tag: string, one: Operation) => {
    const names = [...one.parameters, ...one.sends, ...one.answers].flatMap((part) => [part.schema, "name" in part ? part.name : undefined]);
    const text = [tag, one.id, one.method, one.path, one.role, one.summary, one.about, ...names].join(" ").toLowerCase();
    return wanted.every((word) => text.includes(word));
  };
  return all.map(({ tag, operations }) => ({ tag, operations: operations.filter((one) => fits(tag, one)) })).filter((group) => group.operations.length > 0);
}
