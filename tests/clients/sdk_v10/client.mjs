// Drives every method of one version of the SDK against a running server.
//
//   node client.mjs PACKAGE BASE EMAIL PASSWORD [MAIL_FOLDER]
//
// Prints a line of JSON per call: {"call", "result": "passed" | "failed" | "skipped", "why"}.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { createRequire } from 'node:module';
import FormData from 'form-data';

const [packageName, base, email, password, mailFolder] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const { BaseStorage, Directus, IAuth, ITransport } = require(packageName);
const { version } = require(`${packageName}/package.json`);
const [major, minor] = version.split('.').map(Number);
const since = (a, b = 0) => major > a || (major === a && minor >= b);
const listsByReadMany = !since(9, 5) || version === '9.5.0';

function report(call, result, why = '') {
	console.log(JSON.stringify({ call, result, why }));
}

async function check(call, run, { when = true } = {}) {
	if (!when) return report(call, 'skipped', `not in ${version}`);
	try {
		await run();
		report(call, 'passed');
	} catch (error) {
		report(call, 'failed', `${error?.stack ?? error} ${JSON.stringify(error?.errors ?? '')}`);
	}
}

async function refused(promise, code, status) {
	await assert.rejects(promise, (error) => {
		assert.equal(error.errors[0].extensions.code, code);
		if (status) assert.equal(error.response.status, status);
		return true;
	});
}

function otp(secret) {
	const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
	const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
	const counter = Buffer.alloc(8);
	counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000)));
	const mac = crypto.createHmac('sha1', key).update(counter).digest();
	const at = mac[19] & 15;
	return String((mac.readUInt32BE(at) & 0x7fffffff) % 1000000).padStart(6, '0');
}

function mailToken(to) {
	const files = fs.readdirSync(mailFolder).map((f) => path.join(mailFolder, f));
	const mails = files.map((f) => fs.readFileSync(f, 'utf8')).filter((m) => m.includes(to));
	const text = mails.at(-1).replace(/=\r?\n/g, '').replace(/=3D/g, '=');
	const encoded = text.match(/base64\r?\n(?:.*\r?\n)*?\r?\n([A-Za-z0-9+/=\r\n]+)/);
	const body = encoded ? Buffer.from(encoded[1], 'base64').toString() : text;
	return body.match(/token=([A-Za-z0-9._-]+)/)[1];
}

const sdk = new Directus(base, { auth: { mode: 'json' } });
const key = { field: 'id', type: 'integer', schema: { is_primary_key: true, has_auto_increment: true }, meta: {} };

// --- before anybody has logged in ---------------------------------------------------------------------------------

await check('server.ping', async () => assert.equal(await sdk.server.ping(), 'pong'));
await check('server.info', async () => assert.equal((await sdk.server.info()).project.project_name, 'Directus'));
await check('refused without login', () => refused(sdk.users.readByQuery({ limit: 1 }), 'FORBIDDEN', 403), {
	when: since(9, 6),
});
await check('auth.login: wrong password', () =>
	refused(sdk.auth.login({ email, password: 'wrong' }), 'INVALID_CREDENTIALS', 401)
);
await check('auth.login', async () => {
	const answer = await sdk.auth.login({ email, password });
	assert.equal(answer.expires, 900000);
	assert.ok(answer.access_token && answer.refresh_token);
});
await check('auth.token', async () => assert.match(await sdk.auth.token, /^\w+\.\w+\./));
await check('auth.refresh', async () => {
	const before = await sdk.auth.token;
	await new Promise((done) => setTimeout(done, 1100));
	await sdk.auth.refresh();
	assert.notEqual(await sdk.auth.token, before);
});

// --- collections, fields, relations -------------------------------------------------------------------------------

const writers = {
	collection: 'writers',
	schema: {},
	meta: { icon: 'person', note: 'People' },
	fields: [
		key,
		{ field: 'name', type: 'string', schema: { is_nullable: false }, meta: {} },
		{ field: 'email', type: 'string', schema: { is_unique: true }, meta: {} },
		{ field: 'posts', type: 'alias', schema: null, meta: { special: ['o2m'] } },
	],
};
const posts = {
	collection: 'posts',
	schema: {},
	meta: { sort_field: 'sort' },
	fields: [
		key,
		{ field: 'sort', type: 'integer', schema: {}, meta: {} },
		{ field: 'title', type: 'string', schema: {}, meta: {} },
		{ field: 'body', type: 'text', schema: {}, meta: {} },
		{ field: 'published', type: 'boolean', schema: { default_value: false }, meta: {} },
		{ field: 'published_on', type: 'timestamp', schema: {}, meta: {} },
		{ field: 'views', type: 'integer', schema: { default_value: 0 }, meta: {} },
		{ field: 'writer', type: 'integer', schema: {}, meta: {} },
		{ field: 'tags', type: 'alias', schema: null, meta: { special: ['m2m'] } },
	],
};
const tags = {
	collection: 'tags',
	schema: {},
	meta: {},
	fields: [key, { field: 'name', type: 'string', schema: {}, meta: {} }],
};
const junction = {
	collection: 'posts_tags',
	schema: {},
	meta: { hidden: true },
	fields: [
		key,
		{ field: 'posts_id', type: 'integer', schema: {}, meta: {} },
		{ field: 'tags_id', type: 'integer', schema: {}, meta: {} },
	],
};
const about = {
	collection: 'about',
	schema: {},
	meta: { singleton: true },
	fields: [key, { field: 'headline', type: 'string', schema: { default_value: 'About us' }, meta: {} }],
};

await check('collections.createOne', async () => {
	const made = await sdk.collections.createOne(writers);
	assert.equal(made.collection, 'writers');
	assert.equal(made.meta.icon, 'person');
});
await check('collections.createMany', async () => {
	const made = await sdk.collections.createMany([posts, tags, junction, about]);
	const list = Array.isArray(made) ? made : made.data;
	assert.deepEqual(list.map((c) => c.collection), ['posts', 'tags', 'posts_tags', 'about']);
});
await check('collections.readAll', async () => {
	const all = await sdk.collections.readAll();
	const list = Array.isArray(all) ? all : all.data;
	assert.ok(list.some((c) => c.collection === 'posts') && list.some((c) => c.collection === 'directus_users'));
});
await check('collections.readOne', async () =>
	assert.equal((await sdk.collections.readOne('posts')).meta.sort_field, 'sort')
);
await check('collections.updateOne', async () => {
	const changed = await sdk.collections.updateOne('tags', { meta: { note: 'Words' } });
	assert.equal(changed.meta.note, 'Words');
});
await check('fields.createOne', async () => {
	const made = await sdk.fields.createOne('tags', { field: 'color', type: 'string', schema: {}, meta: { note: 'n' } });
	assert.equal(made.field, 'color');
});
await check('fields.readAll', async () => {
	const all = await sdk.fields.readAll();
	const list = Array.isArray(all) ? all : all.data;
	assert.ok(list.some((f) => f.collection === 'tags' && f.field === 'color'));
});
await check('fields.readMany', async () => {
	const found = await sdk.fields.readMany('tags');
	const list = Array.isArray(found) ? found : found.data;
	assert.deepEqual(list.map((f) => f.field), ['id', 'name', 'color']);
});
await check('fields.readOne', async () => assert.equal((await sdk.fields.readOne('tags', 'color')).type, 'string'));
await check('fields.updateOne', async () => {
	const changed = await sdk.fields.updateOne('tags', 'color', { meta: { note: 'changed' } });
	assert.equal(changed.meta.note, 'changed');
});
await check('fields.deleteOne', async () => {
	await sdk.fields.deleteOne('tags', 'color');
	await refused(sdk.fields.readOne('tags', 'color'), 'FORBIDDEN', 403);
});
const relations = [
	{
		collection: 'posts', field: 'writer', related_collection: 'writers',
		meta: { one_field: 'posts' }, schema: { on_delete: 'SET NULL' },
	},
	{
		collection: 'posts_tags', field: 'posts_id', related_collection: 'posts',
		meta: { one_field: 'tags', junction_field: 'tags_id', one_deselect_action: 'delete' },
		schema: { on_delete: 'CASCADE' },
	},
	{
		collection: 'posts_tags', field: 'tags_id', related_collection: 'tags',
		meta: { junction_field: 'posts_id' }, schema: { on_delete: 'CASCADE' },
	},
];
await check('relations.createOne', async () => {
	for (const relation of relations) {
		const made = await sdk.relations.createOne(relation);
		assert.equal(made.related_collection, relation.related_collection);
	}
});
await check('relations.readAll', async () => {
	const all = await sdk.relations.readAll();
	const list = Array.isArray(all) ? all : all.data;
	assert.ok(list.some((r) => r.collection === 'posts' && r.field === 'writer'));
});
await check('relations.readMany', async () => {
	const found = await sdk.relations.readMany('posts_tags');
	const list = Array.isArray(found) ? found : found.data;
	assert.deepEqual(list.map((r) => r.field).sort(), ['posts_id', 'tags_id']);
});
await check('relations.readOne', async () =>
	assert.equal((await sdk.relations.readOne('posts', 'writer')).schema.on_delete, 'SET NULL')
);
await check(
	'relations.updateOne',
	async () => {
		const changed = await sdk.relations.updateOne('posts', 'writer', {
			collection: 'posts', field: 'writer', related_collection: 'writers', meta: { one_deselect_action: 'nullify' },
		});
		assert.equal(changed.meta.one_deselect_action, 'nullify');
	}
);

// --- items ---------------------------------------------------------------------------------------------------------

const items = sdk.items('posts');
let first;
await check('items.createOne', async () => {
	first = await items.createOne(
		{ title: 'Alpha', views: 3, published: true, writer: { name: 'Anna', email: 'anna@example.com' } },
		{ fields: ['id', 'title', 'published', 'writer.name'] }
	);
	assert.deepEqual(first, { id: 1, title: 'Alpha', published: true, writer: { name: 'Anna' } });
});
await check('items.createMany', async () => {
	const made = await items.createMany([
		{ title: 'Beta', views: 7, published_on: '2020-05-01T10:00:00Z', tags: [{ tags_id: { name: 'red' } }] },
		{ title: 'Gamma', published_on: '2021-06-01T10:00:00Z' },
	]);
	const list = Array.isArray(made) ? made : made.data;
	assert.deepEqual(list.map((i) => i.title), ['Beta', 'Gamma']);
});
await check('items.readOne', async () => assert.equal((await items.readOne(1)).title, 'Alpha'));
await check('items.readOne with a query', async () =>
	assert.deepEqual(await items.readOne(1, { fields: ['title'] }), { title: 'Alpha' })
);
await check('items.readMany()', async () => assert.equal((await items.readMany()).data.length, 3));
await check(
	'items.readMany({ meta })',
	async () => assert.equal((await items.readMany({ meta: 'total_count' })).meta.total_count, 3),
	{ when: listsByReadMany }
);
await check(
	'items.readMany(keys)',
	async () => {
		const found = await items.readMany([1, 3], { fields: ['title'] });
		assert.deepEqual(found.data, [{ title: 'Alpha' }, { title: 'Gamma' }]);
	},
	{ when: !listsByReadMany }
);
const byQuery = (query) => (items.readByQuery ? items.readByQuery(query) : items.readMany(query));
await check('items.readByQuery: filter, sort, meta', async () => {
	const found = await byQuery({
		filter: { _and: [{ published_on: { _lte: '$NOW' } }, { published_on: { _nnull: true } }] },
		sort: ['-title'],
		fields: ['title', 'published_on'],
		limit: 1,
		page: 2,
		meta: '*',
	});
	assert.deepEqual(found.data, [{ title: 'Beta', published_on: '2020-05-01T10:00:00.000Z' }]);
	assert.deepEqual(found.meta, { total_count: 3, filter_count: 2 });
});
await check('items.readByQuery: search', async () =>
	assert.deepEqual((await byQuery({ search: 'gam', fields: ['title'] })).data, [{ title: 'Gamma' }])
);
await check('items.readByQuery: deep', async () => {
	const found = await byQuery({
		filter: { tags: { tags_id: { name: { _eq: 'red' } } } },
		fields: ['title', 'tags.tags_id.name'],
		deep: { tags: { _limit: 1 } },
	});
	assert.deepEqual(found.data, [{ title: 'Beta', tags: [{ tags_id: { name: 'red' } }] }]);
});
await check(
	'items.readByQuery: aggregate',
	async () => {
		const found = await byQuery({ aggregate: { count: ['*'], sum: ['views'] }, groupBy: ['published'], sort: ['published'] });
		assert.deepEqual(found.data, [
			{ published: false, count: 2, sum: { views: 7 } },
			{ published: true, count: 1, sum: { views: 3 } },
		]);
	},
	{ when: since(9, 6) }
);
await check('items.updateOne', async () =>
	assert.deepEqual(await items.updateOne(1, { views: 4 }, { fields: ['views'] }), { views: 4 })
);
await check('items.updateMany', async () => {
	const changed = await items.updateMany([2, 3], { body: 'same' }, { fields: ['body'] });
	const list = Array.isArray(changed) ? changed : changed.data;
	assert.deepEqual(list, [{ body: 'same' }, { body: 'same' }]);
});
await check(
	'items.updateBatch',
	async () => {
		const changed = await items.updateBatch([{ id: 2, views: 8 }, { id: 3, views: 9 }], { fields: ['views'] });
		const list = Array.isArray(changed) ? changed : changed.data;
		assert.deepEqual(list, [{ views: 8 }, { views: 9 }]);
	},
	{ when: typeof items.updateBatch === 'function' }
);
await check(
	'items.updateByQuery',
	async () => {
		const changed = await items.updateByQuery({ filter: { title: { _eq: 'Gamma' } } }, { body: 'by query' });
		const list = Array.isArray(changed) ? changed : changed.data;
		assert.equal(list[0].body, 'by query');
	},
	{ when: typeof items.updateByQuery === 'function' }
);
await check('utils.sort', async () => {
	await items.updateMany([1], { sort: 1 });
	await items.updateMany([2], { sort: 2 });
	await items.updateMany([3], { sort: 3 });
	await sdk.utils.sort('posts', 3, 1);
	const found = await byQuery({ fields: ['id'], sort: ['sort'] });
	assert.deepEqual(found.data, [{ id: 3 }, { id: 1 }, { id: 2 }]);
});
await check('items.deleteOne', async () => {
	await items.deleteOne(3);
	await refused(items.readOne(3), 'FORBIDDEN', 403);
});
await check('items.deleteMany', async () => {
	const made = await items.createMany([{ title: 'x' }, { title: 'y' }]);
	const keys = (Array.isArray(made) ? made : made.data).map((i) => i.id);
	await items.deleteMany(keys);
	assert.equal((await byQuery({ filter: { id: { _in: keys } } })).data.length, 0);
});
await check('singleton.read', async () => assert.equal((await sdk.singleton('about').read()).headline, 'About us'));
await check('singleton.update', async () =>
	assert.deepEqual(await sdk.singleton('about').update({ headline: 'We' }, { fields: ['headline'] }), { headline: 'We' })
);
await check('a validation error', () => refused(sdk.items('writers').createOne({ email: 'x' }), 'FAILED_VALIDATION', 400));
await check('a duplicate', () =>
	refused(sdk.items('writers').createOne({ name: 'B', email: 'anna@example.com' }), 'RECORD_NOT_UNIQUE', 400)
);

// --- activity, comments, revisions ---------------------------------------------------------------------------------

await check('activity.readByQuery', async () => {
	const found = await (sdk.activity.readByQuery ?? sdk.activity.readMany).call(sdk.activity, {
		filter: { collection: { _eq: 'posts' } }, limit: 1, sort: ['id'],
	});
	assert.equal(found.data[0].action, 'create');
});
await check('activity.readOne', async () => assert.ok((await sdk.activity.readOne(1)).timestamp));
let comment;
await check('activity.comments.create', async () => {
	comment = await sdk.activity.comments.create({ collection: 'posts', item: '1', comment: 'Hello' });
	const made = comment?.data ?? comment;
	comment = made;
	assert.equal(made.comment, 'Hello');
});
await check('activity.comments.update', async () => {
	const changed = await sdk.activity.comments.update(comment.id, 'Edited');
	assert.equal((changed?.data ?? changed).comment, 'Edited');
});
await check('activity.comments.delete', async () => {
	await sdk.activity.comments.delete(comment.id);
	await refused(sdk.activity.readOne(comment.id), 'FORBIDDEN', 403);
});
await check('revisions.readByQuery', async () => {
	const found = await (sdk.revisions.readByQuery ?? sdk.revisions.readMany).call(sdk.revisions, {
		filter: { collection: { _eq: 'posts' }, item: { _eq: '1' } }, sort: ['id'],
	});
	assert.equal(found.data[0].delta.title, 'Alpha');
});
await check('utils.revert', async () => {
	const read = (sdk.revisions.readByQuery ?? sdk.revisions.readMany).bind(sdk.revisions);
	const found = await read({ filter: { collection: { _eq: 'posts' }, item: { _eq: '1' } }, sort: ['id'], limit: 1 });
	await sdk.utils.revert(found.data[0].id);
	assert.equal((await items.readOne(1)).views, 3);
});

// --- files, folders, assets ----------------------------------------------------------------------------------------

const pixel = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
let folder;
let file;
await check('folders.createOne', async () => {
	folder = await sdk.folders.createOne({ name: 'Pictures' });
	assert.equal(folder.name, 'Pictures');
});
await check('files.createOne', async () => {
	const form = new FormData();
	form.append('title', 'Pixel');
	form.append('file', pixel, { filename: 'pixel.png', contentType: 'image/png' });
	const options = since(10) ? {} : { requestOptions: { headers: form.getHeaders() } };
	file = await sdk.files.createOne(form, {}, options);
	assert.equal(file.title, 'Pixel');
	assert.equal(file.type, 'image/png');
});
await check('files.readByQuery', async () => {
	const found = await (sdk.files.readByQuery ?? sdk.files.readMany).call(sdk.files, {
		filter: { type: { _starts_with: 'image/' } }, fields: ['title', 'width'],
	});
	assert.deepEqual(found.data, [{ title: 'Pixel', width: 1 }]);
});
await check('files.updateOne', async () => {
	const changed = await sdk.files.updateOne(file.id, { description: 'D', folder: folder.id }, { fields: ['folder.name'] });
	assert.deepEqual(changed, { folder: { name: 'Pictures' } });
});
await check(
	'assets.readOne',
	async () => {
		const stream = await sdk.assets.readOne(file.id);
		const parts = [];
		for await (const part of stream) parts.push(Buffer.from(part));
		assert.ok(Buffer.concat(parts).equals(pixel));
	},
	{ when: sdk.assets !== undefined }
);
await check(
	'files.import',
	async () => {
		const server = http.createServer((_, answer) => {
			answer.setHeader('Content-Type', 'image/png');
			answer.end(pixel);
		});
		await new Promise((done) => server.listen(0, '127.0.0.1', done));
		try {
			const url = `http://127.0.0.1:${server.address().port}/far.png`;
			const made = await sdk.files.import({ url, data: { title: 'Far' } });
			assert.equal((made?.data ?? made).title, 'Far');
		} finally {
			server.close();
		}
	},
	{ when: typeof sdk.files.import === 'function' }
);
await check('files.deleteOne', async () => {
	await sdk.files.deleteOne(file.id);
	await refused(sdk.files.readOne(file.id), 'FORBIDDEN', 403);
});
await check('folders.deleteOne', () => sdk.folders.deleteOne(folder.id));

// --- presets, permissions, roles, settings -----------------------------------------------------------------------

await check('presets', async () => {
	const made = await sdk.presets.createOne({ collection: 'posts', bookmark: 'Mine', filter: { views: { _gt: 1 } } });
	assert.equal(made.bookmark, 'Mine');
	assert.deepEqual((await sdk.presets.readOne(made.id)).filter, { views: { _gt: 1 } });
	assert.equal((await sdk.presets.updateOne(made.id, { bookmark: 'Yours' })).bookmark, 'Yours');
	await sdk.presets.deleteOne(made.id);
});
let role;
await check('roles', async () => {
	role = await sdk.roles.createOne({ name: 'Readers' });
	assert.equal((await sdk.roles.updateOne(role.id, { description: 'D' })).description, 'D');
	const all = await (sdk.roles.readByQuery ?? sdk.roles.readMany).call(sdk.roles, { fields: ['name'] });
	assert.ok(all.data.some((r) => r.name === 'Readers'));
});
let permission;
await check('permissions.createOne', async () => {
	permission = await sdk.permissions.createOne({ role: role.id, collection: 'posts', action: 'read', permissions: {}, fields: ['id', 'title'] });
	assert.deepEqual(permission.fields, ['id', 'title']);
});
await check('permissions.readByQuery', async () => {
	const found = await (sdk.permissions.readByQuery ?? sdk.permissions.readMany).call(sdk.permissions, {
		filter: { role: { _eq: role.id }, collection: { _eq: 'posts' } },
	});
	assert.equal(found.data.length, 1);
});
await check('permissions.updateOne', async () => {
	const changed = await sdk.permissions.updateOne(permission.id, { fields: ['*'] });
	assert.deepEqual(changed.fields, ['*']);
});
await check('settings.update', async () =>
	assert.deepEqual(await sdk.settings.update({ project_name: 'Mine' }, { fields: ['project_name'] }), { project_name: 'Mine' })
);
await check('settings.read', async () => assert.equal((await sdk.settings.read()).project_name, 'Mine'));

// --- users -----------------------------------------------------------------------------------------------------------

let reader;
await check('users.createOne', async () => {
	reader = await sdk.users.createOne({ email: 'reader@example.com', password: 'reader-pw', role: role.id, status: 'active', first_name: 'Rita' });
	assert.equal(reader.password, '**********');
});
await check('users.updateOne', async () =>
	assert.equal((await sdk.users.updateOne(reader.id, { last_name: 'R', token: 'static-reader' })).last_name, 'R')
);
await check('users.me.read', async () => assert.deepEqual(await sdk.users.me.read({ fields: ['email'] }), { email }));
await check('users.me.update', async () =>
	assert.deepEqual(await sdk.users.me.update({ title: 'Boss' }, { fields: ['title'] }), { title: 'Boss' })
);
await check('a role sees what it may', async () => {
	const other = new Directus(base, { auth: { mode: 'json' } });
	await other.auth.login({ email: 'reader@example.com', password: 'reader-pw' });
	assert.equal((await other.items('posts').readOne(1)).title, 'Alpha');
	await refused(other.items('posts').createOne({ title: 'no' }), 'FORBIDDEN', 403);
	await refused(other.items('writers').readOne(1), 'FORBIDDEN', 403);
});
await check('auth.static', async () => {
	const other = new Directus(base, { auth: { mode: 'json' } });
	assert.equal(await other.auth.static('static-reader'), true);
	assert.equal((await other.users.me.read({ fields: ['first_name'] })).first_name, 'Rita');
	await refused(new Directus(base).auth.static('nobody'), 'INVALID_CREDENTIALS', 401);
});
await check('options: staticToken', async () => {
	const other = new Directus(base, { auth: { mode: 'json', staticToken: 'static-reader' } });
	assert.equal((await other.users.me.read({ fields: ['first_name'] })).first_name, 'Rita');
});
await check('options: transport.params, transport.headers', async () => {
	const other = new Directus(base, {
		auth: { mode: 'json' },
		transport: { params: { access_token: 'static-reader' }, headers: { 'X-Mine': 'yes' } },
	});
	assert.equal((await other.users.me.read({ fields: ['first_name'] })).first_name, 'Rita');
});
await check('options: storage', async () => {
	const kept = new Map();
	class Kept extends BaseStorage {
		get = (key) => kept.get(key) ?? null;
		set = (key, value) => (kept.set(key, value), value);
		delete = (key) => kept.delete(key);
	}
	const other = new Directus(base, { auth: { mode: 'json' }, storage: new Kept({ prefix: 'mine_' }) });
	await other.auth.login({ email: 'reader@example.com', password: 'reader-pw' });
	assert.ok([...kept.keys()].some((key) => key.includes('auth_')));
	assert.equal((await other.users.me.read({ fields: ['first_name'] })).first_name, 'Rita');
	await other.auth.logout();
});
await check('options: auth of one\'s own', async () => {
	class MyAuth extends IAuth {
		token = null;
		async login({ email, password }) {
			const answer = await this.transport.post('/auth/login', { email, password, mode: 'json' });
			other.storage.auth_token = answer.data.access_token;
			return answer.data;
		}
		async logout() {
			other.storage.auth_token = null;
		}
		async refresh() {}
		async refreshIfExpired() {}
		async static(token) {
			other.storage.auth_token = token;
			return true;
		}
	}
	const mine = new MyAuth();
	const other = new Directus(base, { auth: mine });
	mine.transport = other.transport;
	await other.auth.login({ email: 'reader@example.com', password: 'reader-pw' });
	assert.equal((await other.users.me.read({ fields: ['first_name'] })).first_name, 'Rita');
	await other.auth.logout();
	await assert.rejects(other.users.me.read());
	await other.auth.static('static-reader');
	assert.equal((await other.users.me.read({ fields: ['first_name'] })).first_name, 'Rita');
});
await check('options: transport of one\'s own', async () => {
	class MyTransport extends ITransport {
		url = base;
		async ask(method, path, data, { params = {}, headers = {} } = {}) {
			const text = (v) => (typeof v === 'string' ? v : Array.isArray(v) ? v.join() : JSON.stringify(v));
			const texts = Object.entries(params).map(([name, value]) => [name, text(value)]);
			const answer = await fetch(`${base}${path}?${new URLSearchParams(texts)}`, {
				method,
				body: data === undefined ? undefined : JSON.stringify(data),
				headers: { 'Content-Type': 'application/json', Authorization: 'Bearer static-reader', ...headers },
			});
			const raw = await answer.text();
			return { raw, ...(raw ? JSON.parse(raw) : {}), status: answer.status, headers: answer.headers };
		}
		get = (path, options) => this.ask('GET', path, undefined, options);
		head = (path, options) => this.ask('HEAD', path, undefined, options);
		options = (path, options) => this.ask('OPTIONS', path, undefined, options);
		delete = (path, data, options) => this.ask('DELETE', path, data, options);
		put = (path, data, options) => this.ask('PUT', path, data, options);
		post = (path, data, options) => this.ask('POST', path, data, options);
		patch = (path, data, options) => this.ask('PATCH', path, data, options);
	}
	const other = new Directus(base, { transport: new MyTransport() });
	assert.equal((await other.users.me.read({ fields: ['first_name'] })).first_name, 'Rita');
	const found = await other.items('posts')[listsByReadMany ? 'readMany' : 'readByQuery']({
		filter: { title: { _eq: 'Alpha' } }, fields: ['title'], limit: 1,
	});
	assert.deepEqual(found.data, [{ title: 'Alpha' }]);
});
await check('users.invites.send and accept', async () => {
	await sdk.users.invites.send('guest@example.com', role.id);
	await new Promise((done) => setTimeout(done, 200));
	await sdk.users.invites.accept(mailToken('guest@example.com'), 'guest-pw');
	await new Directus(base, { auth: { mode: 'json' } }).auth.login({ email: 'guest@example.com', password: 'guest-pw' });
}, { when: Boolean(mailFolder) });
await check('auth.password.request and reset', async () => {
	await sdk.auth.password.request('reader@example.com');
	await new Promise((done) => setTimeout(done, 200));
	await sdk.auth.password.reset(mailToken('reader@example.com'), 'other-pw');
	await new Directus(base, { auth: { mode: 'json' } }).auth.login({ email: 'reader@example.com', password: 'other-pw' });
}, { when: Boolean(mailFolder) });
await check('users.me.tfa', async () => {
	const other = new Directus(base, { auth: { mode: 'json' } });
	const pw = mailFolder ? 'other-pw' : 'reader-pw';
	await other.auth.login({ email: 'reader@example.com', password: pw });
	const made = await other.users.me.tfa.generate(pw);
	const secret = (made?.data ?? made).secret;
	await other.users.me.tfa.enable(secret, otp(secret));
	const again = new Directus(base, { auth: { mode: 'json' } });
	await refused(again.auth.login({ email: 'reader@example.com', password: pw }), 'INVALID_OTP', 401);
	await again.auth.login({ email: 'reader@example.com', password: pw, otp: otp(secret) });
	await other.users.me.tfa.disable(otp(secret));
}, { when: typeof sdk.users.me.tfa?.generate === 'function' });
await check('permissions.deleteOne', async () => {
	await sdk.permissions.deleteOne(permission.id);
	await refused(sdk.permissions.readOne(permission.id), 'FORBIDDEN', 403);
});
await check('users.deleteOne', () => sdk.users.deleteOne(reader.id));

// --- utilities and the rest ------------------------------------------------------------------------------------------

await check('utils.random.string', async () => {
	assert.equal((await sdk.utils.random.string()).length, 32);
	assert.equal((await sdk.utils.random.string(50)).length, 50);
});
await check('utils.hash', async () => {
	const hash = await sdk.utils.hash.generate('My String');
	assert.equal(await sdk.utils.hash.verify('My String', hash), true);
	assert.equal(await sdk.utils.hash.verify('Other', hash), false);
});
await check('server.oas', async () => assert.equal((await sdk.server.oas()).openapi, '3.0.1'), {
	when: typeof sdk.server.oas === 'function',
});
await check('graphql.items', async () => {
	const answer = await sdk.graphql.items('query { posts(filter: {id: {_eq: 1}}) { title } }');
	assert.equal(answer.data.posts[0].title, 'Alpha');
});
await check('graphql.system', async () => {
	const answer = await sdk.graphql.system('query { users_me { email } }');
	assert.equal(answer.data.users_me.email, email);
});
await check('roles.deleteOne', () => sdk.roles.deleteOne(role.id));
await check('access_token in the address', async () => {
	const answer = await fetch(`${base}/users/me?access_token=${await sdk.auth.token}`);
	assert.equal((await answer.json()).data.email, email);
});
await check('relations.deleteOne', () => sdk.relations.deleteOne('posts', 'writer'));
await check('collections.deleteOne', async () => {
	await sdk.collections.deleteOne('about');
	await refused(sdk.collections.readOne('about'), 'FORBIDDEN', 403);
});
await check('auth.logout', async () => {
	await sdk.auth.logout();
	await assert.rejects(sdk.users.me.read());
});
process.exit(0);
