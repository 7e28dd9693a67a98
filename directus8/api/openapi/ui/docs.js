// Shows the fixed routes, or the collections of a project as its visitor may see them.
const form = document.getElementById("login");
const root = new URL("../../", location.href);
let token = null;

function show(url) {
  window.ui = SwaggerUIBundle({
    url: String(url),
    dom_id: "#ui",
    deepLinking: false,
    validatorUrl: null, // nothing is asked of other sites
    requestInterceptor: (request) => {
      if (token && new URL(request.url, location.href).origin === location.origin) {
        request.headers.Authorization = `Bearer ${token}`;
      }
      return request;
    },
  });
}

async function login(project, email, password) {
  const answer = await fetch(new URL(`${encodeURIComponent(project)}/auth/authenticate`, root), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ email, password }),
  });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error.message);
  return body.data.token;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { project, email, password } = form.elements;
  const told = form.querySelector("output");
  told.value = "";
  try {
    token = email.value ? await login(project.value, email.value, password.value) : null;
    told.value = token ? "Logged in." : "Shown as anybody sees it.";
    show(project.value ? new URL(`${encodeURIComponent(project.value)}/openapi.json`, root) : new URL("openapi.json", location.href));
  } catch (error) {
    told.value = error.message;
  }
});

show(new URL("openapi.json", location.href));
