// Reads {name: html} from standard input and writes {issues: {name: [issue]}, types: {name: [type]}} as JSON: what
// Adobe's validator says about the pages' structured data, by Google's requirements and schema.org's vocabulary.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import Validator from "@adobe/structured-data-validator";
import WebAutoExtractor from "@marbec/web-auto-extractor";

// The vocabulary is read out of Google's types for it, since schema.org itself publishes no package.
function vocabulary() {
  const folder = dirname(createRequire(import.meta.url).resolve("schema-dts"));
  const source = readFileSync(join(folder, "schema.d.ts"), "utf8");
  const graph = [];
  const domains = new Map();
  for (const [, name, parents, body] of source.matchAll(/^(?:export )?interface (\w+)Base(?: extends ([^{]*))? \{\n([\s\S]*?)^\}/gm)) {
    const above = [...(parents ?? "").matchAll(/(\w+)Base\b/g)].map(([, parent]) => ({ "@id": `schema:${parent}` }));
    graph.push({ "@id": `schema:${name}`, "@type": "rdfs:Class", "rdfs:subClassOf": above });
    for (const [, property] of body.matchAll(/^ {4}"(\w+)"\?:/gm)) domains.set(property, [...(domains.get(property) ?? []), name]);
  }
  // A type without properties of its own has only its leaf.
  const known = new Set(graph.map((item) => item["@id"]));
  for (const [, name, parent] of source.matchAll(/^(?:export )?interface (\w+)Leaf extends (\w+)Base /gm))
    if (!known.has(`schema:${name}`)) graph.push({ "@id": `schema:${name}`, "@type": "rdfs:Class", "rdfs:subClassOf": [{ "@id": `schema:${parent}` }] });
  for (const [property, names] of domains)
    graph.push({ "@id": `schema:${property}`, "@type": "rdf:Property", "schema:domainIncludes": names.map((name) => ({ "@id": `schema:${name}` })) });
  return { "@graph": graph };
}

const pages = JSON.parse(readFileSync(0, "utf8"));
const validator = new Validator(vocabulary());
const issues = {};
const types = {};
for (const [name, html] of Object.entries(pages)) {
  const found = new WebAutoExtractor({ addLocation: true, embedSource: [] }).parse(html);
  types[name] = Object.keys(found.jsonld);
  const met = await validator.validate(found);
  issues[name] = met.map(({ severity, issueMessage, path, rootType }) => ({
    severity,
    text: issueMessage,
    at: (path ?? []).map((step) => step.property ?? step.type).join(".") || rootType,
    type: path?.at(-1)?.type ?? rootType,
  }));
}
process.stdout.write(JSON.stringify({ issues, types }));
