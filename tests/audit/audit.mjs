// Runs the audits of GraphQL over HTTP against URL with TOKEN, prints those that are not met as one
// JSON line each, and how many there were in all.
import { auditServer } from "graphql-http";

const [url, token] = [process.env.AUDIT_URL, process.env.AUDIT_TOKEN];

const results = await auditServer({
  url,
  fetchFn: (target, init = {}) => {
    const headers = { ...init.headers, authorization: `Bearer ${token}` };
    return fetch(target, { ...init, headers });
  },
});
for (const { id, name, status, reason } of results) {
  if (status !== "ok") console.log(JSON.stringify({ id, name, status, reason }));
}
console.log(results.length);
