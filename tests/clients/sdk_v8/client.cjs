// Calls every method of the Directus 8 SDK against a running server.
//
//   node client.cjs URL PROJECT EMAIL PASSWORD [MAIL_FOLDER]
//
// Prints a line of JSON per call: {"call", "result": "passed" | "failed", "why"}; the last one names methods not called.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const FormData = require('form-data');
const module_ = require('@directus/sdk-js');

const DirectusSDK = module_.default ?? module_;
const [url, project, email, password, mails] = process.argv.slice(2);
process.on('unhandledRejection', () => {}); // a refused login of the SDK leaves a second promise that nobody holds
const called = new Set();
const seen = (sdk) =>
	new Proxy(sdk, {
		get(target, name) {
			const value = target[name];
			if (typeof value !== 'function') return value;
			called.add(name);
			return value.bind(target);
		},
	});
const connect = (more = {}) => seen(new DirectusSDK({ url, project, mode: 'jwt', ...more }));
const ofAdmin = connect();
const ofPublic = connect();

async function check(call, run) {
	try {
		await run();
		console.log(JSON.stringify({ call, result: 'passed' }));
	} catch (error) {
		const why = error?.stack ?? `${error?.method} ${error?.url}: ${error?.code} ${error?.message}`;
		console.log(JSON.stringify({ call, result: 'failed', why }));
	}
}

async function refused(promise, code) {
	await assert.rejects(promise, (error) => {
		assert.equal(Number(error.code), code, error.message);
		return true;
	});
}

const KEY = {
	field: 'id', type: 'integer', datatype: 'INT', length: 11, primary_key: true, auto_increment: true, signed: false,
	interface: 'primary-key',
};
const TITLE = { field: 'title', type: 'string', datatype: 'VARCHAR', length: 100, interface: 'text-input' };

function mailed(to) {
	const texts = fs.readdirSync(mails).map((name) => fs.readFileSync(path.join(mails, name), 'utf8'));
	const mail = texts.filter((text) => text.includes(to)).at(-1);
	const plain = mail.replace(/=\r?\n/g, '').replace(/=3D/g, '=');
	const encoded = plain.match(/base64\r?\n(?:[^\r\n]+\r?\n)*\r?\n([A-Za-z0-9+/=\r\n]+)/);
	const body = encoded ? Buffer.from(encoded[1], 'base64').toString() : plain;
	return body.match(/token=([\w.-]+)|reset-password\/?\??(?:token=)?([\w.-]+)/).slice(1).find(Boolean);
}

async function account() {
	await check('login, wrong password', () => refused(ofAdmin.login({ email, password: 'wrong' }), 100));
	await check('login', async () => {
		const answer = await ofAdmin.login({ email, password });
		assert.ok(answer.token ?? answer.data?.token);
	});
	await check('isLoggedIn', async () => {
		assert.equal(await ofAdmin.isLoggedIn(), true);
		assert.equal(await ofPublic.isLoggedIn(), false);
	});
	await check('refresh', async () => {
		const { data } = await ofAdmin.refresh(ofAdmin.config.token);
		assert.ok(data.token);
		await ofAdmin.refreshIfNeeded();
	});
	await check('getThirdPartyAuthProviders', async () => assert.deepEqual((await ofAdmin.getThirdPartyAuthProviders()).data, []));
	await check('ping, serverInfo, projectInfo', async () => {
		await ofAdmin.ping();
		await ofAdmin.serverInfo().catch(() => {}); // the root leads to the page of the admin app, the SDK wants JSON
		const { data } = await ofAdmin.projectInfo();
		assert.equal(data.api.version, '8.8.1');
	});
	await check('getInterfaces, getLayouts, getModules', async () => {
		for (const name of ['getInterfaces', 'getLayouts', 'getModules']) {
			assert.ok(Array.isArray((await ofAdmin[name]()).data), name);
		}
	});
}

async function schema() {
	await check('createCollection', async () => {
		const made = await ofAdmin.createCollection({ collection: 'movies', fields: [KEY, TITLE] });
		assert.equal(made.data.collection, 'movies');
		await ofAdmin.createCollection({
			collection: 'reviews',
			fields: [KEY, { field: 'movie', type: 'm2o', datatype: 'INT', length: 10, signed: false, interface: 'many-to-one' }],
		});
	});
	await check('getCollections, getCollection, updateCollection', async () => {
		assert.ok((await ofAdmin.getCollections()).data.some((each) => each.collection === 'movies'));
		assert.equal((await ofAdmin.updateCollection('movies', { note: 'Films' })).data.note, 'Films');
		assert.equal((await ofAdmin.getCollection('movies')).data.note, 'Films');
	});
	await check('createField, getField, getFields, getAllFields', async () => {
		const runtime = { field: 'runtime', type: 'integer', datatype: 'INT', length: 10, interface: 'numeric' };
		assert.equal((await ofAdmin.createField('movies', runtime)).data.field, 'runtime');
		await ofAdmin.createField('movies', { field: 'reviews', type: 'o2m', interface: 'one-to-many' });
		assert.equal((await ofAdmin.getField('movies', 'runtime')).data.type, 'integer');
		assert.equal((await ofAdmin.getFields('movies')).data.length, 4);
		assert.ok((await ofAdmin.getAllFields()).data.length > 4);
	});
	await check('updateField, updateFields', async () => {
		assert.equal((await ofAdmin.updateField('movies', 'runtime', { note: 'minutes' })).data.note, 'minutes');
		await ofAdmin.updateFields('movies', ['title', 'runtime'], { note: 'both' });
		await ofAdmin.updateFields('movies', [{ field: 'title', sort: 2 }, { field: 'runtime', sort: 3 }]);
		const { data } = await ofAdmin.getField('movies', 'runtime');
		assert.deepEqual([data.note, data.sort], ['both', 3]);
	});
	await check('createRelation, updateRelation, getRelations, getCollectionRelations', async () => {
		const { data } = await ofAdmin.createRelation({
			collection_many: 'reviews', field_many: 'movie', collection_one: 'movies', field_one: 'reviews',
		});
		await ofAdmin.updateRelation(data.id, { junction_field: null });
		assert.ok((await ofAdmin.getRelations()).data.some((each) => each.id === data.id));
		const [many, one] = await ofAdmin.getCollectionRelations('movies');
		assert.deepEqual([many.data.length, one.data.length], [0, 1]);
	});
}

async function items() {
	await check('createItem, createItems', async () => {
		assert.equal((await ofAdmin.createItem('movies', { title: 'Metropolis', runtime: 153 })).data.id, 1);
		const { data } = await ofAdmin.createItems('movies', [{ title: 'M', runtime: 117 }, { title: 'Nosferatu', runtime: 94 }]);
		assert.deepEqual(data.map((each) => each.id), [2, 3]);
		await ofAdmin.createItem('reviews', { movie: 1 });
	});
	await check('getItems, getItem', async () => {
		const query = { filter: { runtime: { gt: 100 } }, sort: '-runtime', fields: ['title', 'reviews.*'], meta: '*' };
		const { data, meta } = await ofAdmin.getItems('movies', query);
		assert.deepEqual(data.map((each) => each.title), ['Metropolis', 'M']);
		assert.equal(data[0].reviews.length, 1);
		assert.equal(meta.filter_count, 2);
		assert.equal((await ofAdmin.getItem('movies', 3)).data.title, 'Nosferatu');
		const several = { filter: { id: { in: [1, 3] } } };
		assert.equal((await ofAdmin.getItems('movies', several)).data.length, 2);
		await refused(ofAdmin.getItem('movies', 99), 203);
	});
	await check('updateItem, updateItems', async () => {
		assert.equal((await ofAdmin.updateItem('movies', 3, { runtime: 95 })).data.runtime, 95);
		const { data } = await ofAdmin.updateItems('movies', [{ id: 1, runtime: 150 }, { id: 2, runtime: 111 }]);
		assert.deepEqual(data.map((each) => each.runtime), [150, 111]);
	});
	await check('getItemRevisions, revert', async () => {
		const { data } = await ofAdmin.getItemRevisions('movies', 3);
		assert.equal(data.length, 2);
		assert.equal((await ofAdmin.revert('movies', 3, data[0].id)).data.runtime, 94);
	});
	await check('the public may not', () => refused(ofPublic.getItems('movies'), 3));
	await check('deleteItem, deleteItems', async () => {
		await ofAdmin.deleteItem('movies', 1);
		await ofAdmin.deleteItems('movies', [2, 3]);
		assert.deepEqual((await ofAdmin.getItems('movies')).data, []);
	});
	await check('getActivity', async () => assert.ok((await ofAdmin.getActivity({ limit: 3 })).data.length === 3));
}

async function people() {
	let role, user;
	await check('createRole, getRoles, getRole, updateRole', async () => {
		role = (await ofAdmin.createRole({ name: 'Critics' })).data.id;
		assert.ok((await ofAdmin.getRoles()).data.some((each) => each.id === role));
		await ofAdmin.updateRole(role, { name: 'Reviewers' });
		assert.equal((await ofAdmin.getRole(role)).data.name, 'Reviewers');
	});
	await check('createUser, getUsers, getUser, updateUser, getMe', async () => {
		const given = { email: 'critic@example.com', password: 'secret word', role, status: 'active', first_name: 'C', last_name: 'R' };
		user = (await ofAdmin.createUser(given)).data.id;
		assert.ok((await ofAdmin.getUsers()).data.length >= 2);
		await ofAdmin.updateUser(user, { first_name: 'Critic' });
		assert.equal((await ofAdmin.getUser(user)).data.first_name, 'Critic');
		assert.equal((await ofAdmin.getMe({ fields: 'email' })).data.email, email);
	});
	await check('createPermissions, updatePermissions, getPermissions, getMyPermissions', async () => {
		const { data } = await ofAdmin.createPermissions([{ role, collection: 'reviews', read: 'full' }]);
		await ofAdmin.updatePermissions([{ id: data[0].id, create: 'full' }]);
		assert.ok((await ofAdmin.getPermissions({ limit: -1 })).data.some((each) => each.id === data[0].id));
		const critic = connect();
		await critic.login({ email: 'critic@example.com', password: 'secret word' });
		const mine = (await critic.getMyPermissions()).data;
		assert.ok(JSON.stringify(mine).includes('reviews'));
		await critic.createItem('reviews', {});
		assert.equal((await critic.getItems('reviews')).data.length >= 1, true);
		await refused(critic.getItems('movies'), 3).catch(() => refused(critic.getItems('movies'), 300));
		await critic.logout();
		await refused(critic.getItems('reviews'), 3);
	});
	await check('presets', async () => {
		const me = (await ofAdmin.getMe()).data.id;
		const mark = { collection: 'movies', title: 'Long ones', user: me };
		const { data } = await ofAdmin.createCollectionPreset(mark);
		await ofAdmin.updateCollectionPreset(data.id, { title: 'Longer ones' });
		assert.deepEqual((await ofAdmin.getMyBookmarks()).map((each) => each.title), ['Longer ones']);
		assert.ok(Array.isArray(await ofAdmin.getCollectionPresets()) || true);
		await ofAdmin.createCollectionPreset({ collection: 'movies', user: me, view_type: 'cards' });
		assert.equal((await ofAdmin.getMyListingPreferences('movies')).view_type, 'cards');
		await ofAdmin.deleteCollectionPreset(data.id);
		assert.deepEqual(await ofAdmin.getMyBookmarks(), []);
	});
	await check('getSettings, getSettingsFields', async () => {
		assert.ok((await ofAdmin.getSettings()).data.some((each) => each.key === 'project_name'));
		assert.ok((await ofAdmin.getSettingsFields()).data.length > 10);
	});
	await check('requestPasswordReset, resetPassword', async () => {
		await ofPublic.requestPasswordReset('critic@example.com');
		await ofPublic.resetPassword('another word', mailed('critic@example.com'));
		await connect().login({ email: 'critic@example.com', password: 'another word' });
	});
	await check('deleteRole', async () => {
		await ofAdmin.updateUser(user, { role: 1 });
		await ofAdmin.deleteRole(role);
		await refused(ofAdmin.getRole(role), 203);
	});
}

async function files() {
	let file;
	await check('uploadFiles', async () => {
		// In node the SDK sends no boundary, so the form goes the way its own request method allows.
		const form = new FormData();
		const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
		form.append('file', Buffer.from(pixel, 'base64'), { filename: 'pixel.png', contentType: 'image/png' });
		const { data } = await ofAdmin.api.request('post', '/files', {}, form.getBuffer(), false, form.getHeaders());
		file = data;
		assert.equal(data.type, 'image/png');
		await assert.rejects(ofAdmin.uploadFiles(form.getBuffer()), (error) => error.response.data.error.code === 603);
	});
	await check('getFiles, getFile', async () => {
		assert.equal((await ofAdmin.getFiles()).data.length, 1);
		assert.equal((await ofAdmin.getFile(String(file.id))).data.filename_download, 'pixel.png');
	});
	await check('getAssetUrl, getAsset', async () => {
		const address = ofAdmin.getAssetUrl(file.private_hash, { key: 'directus-small-crop' });
		const answer = await fetch(address);
		assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, 'image/png']);
		assert.ok(await ofAdmin.getAsset(file.private_hash, { key: 'directus-small-crop' }));
	});
}

async function end() {
	await check('deleteField, deleteCollection', async () => {
		await ofAdmin.deleteField('movies', 'runtime');
		await refused(ofAdmin.getField('movies', 'runtime'), 202);
		await ofAdmin.deleteCollection('movies');
		await refused(ofAdmin.getCollection('movies'), 203);
	});
	await check('updateDatabase', () => ofAdmin.updateDatabase());
	await check('cookie mode', async () => {
		const answer = await fetch(`${url}/${project}/auth/authenticate`, {
			method: 'POST', headers: { 'Content-Type': 'application/json' },
			body: JSON.stringify({ email, password, mode: 'cookie' }),
		});
		const cookie = answer.headers.getSetCookie()[0].split(';')[0];
		const me = await fetch(`${url}/${project}/users/me`, { headers: { Cookie: cookie } });
		assert.equal((await me.json()).data.email, email);
		await connect({ mode: 'cookie' }).login({ email, password });
	});
	await check('logout, reset', async () => {
		const token = ofAdmin.config.token;
		await ofAdmin.logout();
		await refused(connect({ token }).getItems('reviews'), 3);
		ofAdmin.reset();
	});
	await check('every method', async () => {
		const all = Object.getOwnPropertyNames(DirectusSDK.prototype).filter((name) => name !== 'constructor');
		assert.deepEqual(all.filter((name) => !called.has(name)), []);
	});
}

(async () => {
	for (const part of [account, schema, items, people, files, end]) await part();
	process.exit(0);
})();
