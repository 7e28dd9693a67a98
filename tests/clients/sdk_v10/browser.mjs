// Runs in a page of another origin than the API's: logs in by cookie with one version of the SDK after the other.
// What was seen is posted to the server the page came from.

const { base, email, password, packages } = await (await fetch('/settings')).json();
const seen = {};

async function told(promise) {
	try {
		return await promise;
	} catch (error) {
		return { failed: error.errors?.[0]?.extensions?.code ?? String(error), status: error.response?.status };
	}
}

const given = (answer) => Object.keys(answer).filter((name) => answer[name] != null).sort();

async function visit(name) {
	const { Directus } = await import(`/${name}/sdk.esm.min.js`);
	const create = (transport = {}) => new Directus(base, { transport, storage: { prefix: `${name}_${Math.random()}_` } });
	const progress = [];
	const sdk = create();
	const result = { beforehand: await told(create().auth.refresh()) };
	const login = await told(sdk.auth.login({ email, password }));
	result.login = given(login);
	result.visible = document.cookie;
	result.me = await told(sdk.users.me.read({ fields: ['email'] }));
	// as after a reload: nothing is left but the cookie
	const reloaded = create({ onUploadProgress: (event) => progress.push(event.loaded) });
	const renewed = await told(reloaded.auth.refresh());
	result.renewed = given(renewed);
	result.still = await told(reloaded.users.me.read({ fields: ['email'] }));
	const form = new FormData();
	form.append('title', name);
	form.append('file', new Blob(['hello'], { type: 'text/plain' }), 'hello.txt');
	const file = await told(reloaded.files.createOne(form));
	result.file = { title: file.title, type: file.type, failed: file.failed };
	result.uploaded = Math.max(...progress) > 100;
	const folder = await told(reloaded.folders.createOne({ name }));
	result.changed = (await told(reloaded.folders.updateOne(folder.id, { name: `${name}!` }))).name;
	result.deleted = (await told(reloaded.folders.deleteOne(folder.id))) ?? null;
	result.graphql = await told(reloaded.graphql.system('{ users_me { email } }'));
	result.graphql = result.graphql.data ?? result.graphql;
	result.logout = (await told(reloaded.auth.logout())) ?? null;
	result.afterwards = await told(create().auth.refresh());
	return result;
}

for (const name of packages) seen[name] = await told(visit(name));
await fetch('/done', { method: 'POST', body: JSON.stringify(seen) });
