"use strict";

// Shows /fx/openapi.json as a page to read, and sends requests from it. Text from the document only ever becomes text
// nodes: nothing of it is taken for HTML.

/** Makes an element: `make("a", { href: "#x" }, "text", otherElement)`. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== undefined && child !== null));
  return element;
}

const byId = (id) => document.getElementById(id);
const pretty = (value) => JSON.stringify(value, null, 2);

/** What a `$ref` leads to; anything else as it is. */
function resolve(api, value) {
  if (!value || !value.$ref) return value;
  return value.$ref.slice(2).split("/").reduce((node, step) => node[step.replace(/~1/g, "/").replace(/~0/g, "~")], api);
}

/** A schema in a line of prose: "string, at least 1 character". */
function describe(api, schema) {
  const name = schema && schema.$ref ? schema.$ref.split("/").pop() : undefined;
  const found = resolve(api, schema) || {};
  if (name && (found.properties || found.oneOf)) return name;
  if (found.oneOf) return found.oneOf.map((one) => describe(api, one)).join(" or ");
  const type = [].concat(found.type || "any JSON").join(" or ");
  const items = found.items ? ` of ${describe(api, found.items)}` : "";
  const facts = [];
  if (found.enum) facts.push(`one of ${found.enum.join(", ")}`);
  if (found.pattern) facts.push(`matches ${found.pattern}`);
  if (found.format) facts.push(found.format);
  if (found.minimum !== undefined) facts.push(`at least ${found.minimum}`);
  if (found.maximum !== undefined) facts.push(`at most ${found.maximum}`);
  if (found.maxItems !== undefined) facts.push(`at most ${found.maxItems}`);
  return type + items + (facts.length ? `; ${facts.join("; ")}` : "");
}

function table(head, rows) {
  if (!rows.length) return null;
  return make("table", {},
    make("thead", {}, make("tr", {}, ...head.map((cell) => make("th", {}, cell)))),
    make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((cell, index) =>
      make(index ? "td" : "th", index ? {} : { scope: "row" }, cell || ""))))));
}

/** The example of a media type, of its schema, or nothing. */
function exampleOf(api, media) {
  if (!media) return undefined;
  if (media.example !== undefined) return media.example;
  const named = Object.values(media.examples || {})[0];
  if (named) return resolve(api, named).value;
  return undefined;
}

function responseRows(api, operation) {
  return Object.entries(operation.responses).map(([status, reference]) => {
    const response = resolve(api, reference);
    const cell = make("div", {}, response.description);
    const headers = Object.entries(response.headers || {}).map(([name, header]) => {
      const found = resolve(api, header);
      return [make("code", {}, name), found.description || "", found.example === undefined ? "" : make("code", {}, String(found.example))];
    });
    if (headers.length) cell.append(table(["header", "", "for example"], headers));
    for (const [type, media] of Object.entries(response.content || {})) {
      const example = exampleOf(api, media);
      cell.append(make("div", { class: "hint" }, make("code", {}, type), " ", describe(api, media.schema)));
      if (example !== undefined) cell.append(make("pre", {}, typeof example === "string" ? example : pretty(example)));
    }
    return [status, cell];
  });
}

async function signature(secret, text) {
  if (!window.crypto || !crypto.subtle) throw new Error("the browser signs on https:// and localhost only");
  const encoder = new TextEncoder();
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const code = new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(text)));
  return "sha256=" + Array.from(code, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The form that sends one operation, and shows what came back. */
function tryIt(api, path, method, operation, parameters) {
  const inputs = parameters.map((parameter) => {
    const example = String(parameter.example ?? (resolve(api, parameter.schema).examples || [""])[0]);
    const shown = parameter.required ? { value: example } : { placeholder: example };
    return { parameter, field: make("input", { ...shown, name: parameter.name, spellcheck: "false", autocomplete: "off" }) };
  });
  const labels = (wanted) => inputs.filter(({ parameter }) => Boolean(parameter.required) === wanted).map(({ parameter, field }) =>
    make("label", {}, make("code", {}, parameter.name), " ", make("span", { class: "hint" }, parameter.in), field));
  const optional = labels(false);
  const body = resolve(api, operation.requestBody);
  const contents = (body && body.content) || {};
  const type = body && make("select", {}, ...Object.keys(contents).filter((type) => type !== "*/*").map((type) => make("option", {}, type)));
  const text = body && make("textarea", { rows: "8", spellcheck: "false" });
  const showExample = () => {
    const example = exampleOf(api, contents[type.value]) ?? {};
    if (type.value === "application/x-www-form-urlencoded") text.value = new URLSearchParams(example).toString();
    else text.value = typeof example === "string" ? example : pretty(example);
  };
  if (body) {
    showExample();
    type.addEventListener("change", showExample);
  }
  const button = make("button", { type: "submit" }, "Send");
  const output = make("div", { "aria-live": "polite" });
  const form = make("form", { class: "try" },
    make("h4", {}, "Try it"),
    ...labels(true),
    type && make("label", {}, "Content-Type", type),
    text && make("label", {}, "Body", text),
    optional.length ? make("details", {}, make("summary", {}, `What may be left out (${optional.length})`), ...optional) : null,
    button, output);

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    output.replaceChildren();
    try {
      let target = path;
      const query = new URLSearchParams();
      const headers = {};
      for (const { parameter, field } of inputs) {
        if (parameter.in === "path") target = target.replace(`{${parameter.name}}`, encodeURIComponent(field.value));
        else if (field.value && parameter.in === "query") query.set(parameter.name, field.value);
        else if (field.value && parameter.in === "header") headers[parameter.name] = field.value;
      }
      if (text) headers["Content-Type"] = type.value;
      const open = operation.security && operation.security.length === 0;
      if (!open && byId("token").value) headers["X-API-KEY"] = byId("token").value;
      else if (!open && byId("secret").value) {
        headers["X-Hub-Signature-256"] = await signature(byId("secret").value, text ? text.value : target);
      }
      const url = target + (query.size ? `?${query}` : "");
      const begun = performance.now();
      const reply = await fetch(url, {
        method: method.toUpperCase(), headers, body: text ? text.value : undefined, credentials: "omit", redirect: "manual",
      });
      const answer = await reply.text();
      const milliseconds = Math.round(performance.now() - begun);
      let shown = answer;
      try { shown = pretty(JSON.parse(answer)); } catch { /* Not JSON: as it came. */ }
      output.append(
        make("p", {}, make("span", { class: `status ${reply.ok ? "good" : "bad"}` }, `${reply.status} ${reply.statusText}`), ` in ${milliseconds} ms`),
        make("pre", {}, Array.from(reply.headers, ([name, value]) => `${name}: ${value}`).join("\n")),
        make("pre", {}, shown));
      if (reply.status === 401 && !byId("token").value && !byId("secret").value) {
        output.append(make("p", { class: "problem" }, "No credential was sent: give one at the top of this page."));
      }
      if (reply.status === 202) offer(answer);
    } catch (error) {
      output.append(make("p", { class: "problem" }, `Nothing was sent or nothing came back: ${error.message}`));
    }
    button.disabled = false;
  });
  return form;
}

/** Puts the names of what was just made where the other operations ask for them. */
function offer(answer) {
  const { cid, execution_id } = JSON.parse(answer);
  for (const [name, value] of Object.entries({ cid, execution_id })) {
    if (value) document.querySelectorAll(`.try input[name="${name}"]`).forEach((field) => { field.value = value; });
  }
}

function showOperation(api, path, method, operation, shared) {
  const parameters = [...shared, ...(operation.parameters || [])].map((parameter) => resolve(api, parameter));
  const body = resolve(api, operation.requestBody);
  const open = operation.security && operation.security.length === 0;
  const details = make("details", { class: "operation", id: operation.operationId },
    make("summary", {}, make("span", { class: `method ${method}` }, method.toUpperCase()),
      make("span", { class: "path" }, path), make("span", { class: "summary" }, operation.summary)));
  const inside = make("div", { class: "inside" },
    operation.description && make("p", {}, operation.description),
    make("p", { class: "hint" }, open ? "No credential is needed." : "Needs an access token or a signature."));
  const rows = parameters.map((parameter) => [make("code", {}, parameter.name), parameter.in + (parameter.required ? ", required" : ""),
    describe(api, parameter.schema), parameter.description]);
  if (rows.length) inside.append(make("h4", {}, "Parameters"), table(["name", "in", "type", ""], rows));
  if (body) {
    inside.append(make("h4", {}, "Body"), table(["media type", "schema"],
      Object.entries(body.content).map(([type, media]) => [make("code", {}, type), describe(api, media.schema)])));
  }
  inside.append(tryIt(api, path, method, operation, parameters),
    make("h4", {}, "Answers"), table(["status", ""], responseRows(api, operation)));
  details.append(inside);
  return details;
}

function showSchemas(api) {
  const schemas = Object.entries((api.components && api.components.schemas) || {}).filter(([, schema]) => schema.properties);
  if (!schemas.length) return;
  byId("schemas").append(make("h2", {}, "Schemas"), ...schemas.map(([name, schema]) =>
    make("details", { class: "operation", id: `schema-${name}` }, make("summary", {}, make("span", { class: "path" }, name)),
      make("div", { class: "inside" }, schema.description && make("p", {}, schema.description),
        table(["member", "type", ""], Object.entries(schema.properties).map(([member, value]) => [
          make("code", {}, member), describe(api, value) + ((schema.required || []).includes(member) ? "; required" : ""),
          resolve(api, value).description]))))));
}

function show(api) {
  document.title = byId("title").textContent = api.info.title;
  byId("about").append(api.info.description, " Version ", api.info.version, ", as ", make("a", { href: "/fx/openapi.json" }, "OpenAPI document"), ".");
  const methods = ["get", "put", "post", "delete", "patch", "head", "options"];
  const operations = Object.entries(api.paths).flatMap(([path, item]) =>
    methods.filter((method) => item[method]).map((method) => ({ path, method, operation: item[method], shared: item.parameters || [] })));
  // What asks about a path stands behind what uses it.
  operations.sort((one, other) => (one.method === "options") - (other.method === "options"));
  const tags = (api.tags || []).map((tag) => tag.name);
  const groups = [...tags.map((tag) => [tag, operations.filter(({ operation }) => (operation.tags || [])[0] === tag)]),
    ["other", operations.filter(({ operation }) => !tags.includes((operation.tags || [])[0]))]].filter(([, list]) => list.length);
  byId("operations").replaceChildren(...groups.flatMap(([tag, list]) => [
    make("h2", { id: `tag-${tag}` }, ((api.tags || []).find(({ name }) => name === tag) || {}).description?.replace(/\.$/, "") || tag),
    ...list.map(({ path, method, operation, shared }) => showOperation(api, path, method, operation, shared))]));
  byId("contents").append(...groups.flatMap(([tag, list]) => [make("h3", {}, tag), ...list.map(({ path, method, operation }) =>
    make("a", { href: `#${operation.operationId}` }, make("span", { class: `method ${method}` }, method.toUpperCase()), " ", path))]));
  showSchemas(api);
  window.addEventListener("hashchange", openTarget);
  openTarget();
}

/** Opens the operation that the address names. */
function openTarget() {
  const target = location.hash && byId(decodeURIComponent(location.hash.slice(1)));
  if (target && target.tagName === "DETAILS") {
    target.open = true;
    target.scrollIntoView();
  }
}

fetch("/fx/openapi.json", { credentials: "omit" })
  .then((reply) => {
    if (!reply.ok) throw new Error(`status ${reply.status}`);
    return reply.json();
  })
  .then(show)
  .catch((error) => byId("operations").replaceChildren(
    make("p", { class: "problem" }, `/fx/openapi.json cannot be shown: ${error.message}`)));
