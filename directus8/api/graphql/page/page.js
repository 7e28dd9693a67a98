// Asks where this page lies: with the cookie of a session, or with a token given under "Headers".
const url = location.pathname.replace(/\/+$/, "");

async function fetcher(body, options) {
  const answer = await fetch(url, {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json", ...(options?.headers ?? {}) },
    body: JSON.stringify(body),
  });
  return answer.json();
}

const start = `# Log in by cookie (mode "cookie" of /auth/authenticate), or give a token under "Headers" below:
#   { "Authorization": "Bearer …" }
`;
const page = React.createElement(GraphiQL, { fetcher, defaultQuery: start, shouldPersistHeaders: false });
ReactDOM.createRoot(document.getElementById("graphiql")).render(page);
