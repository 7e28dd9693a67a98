// Drives every method of both generations of directus-sdk-javascript against a running server.
//
//   node client.js BASE TOKEN EMAIL PASSWORD      BASE: http://host/project
//
// Prints a line of JSON per call: {"call", "result": "passed" | "failed", "why"}.

const assert = require('assert');
const { RemoteInstance } = require('sdk-2-15-0');
const SDK = require('sdk-1-1-3');

const [base, token, email, password] = process.argv.slice(2);

async function check(call, run) {
	try {
		await run();
		console.log(JSON.stringify({ call, result: 'passed' }));
	} catch (error) {
		console.log(JSON.stringify({ call, result: 'failed', why: String(error.stack || JSON.stringify(error)) }));
	}
}

const called = (run) => new Promise((done, fail) => run((error, answer) => (error ? fail(error) : done(answer))));
const title = (answer) => answer.data.title;
const titles = (answer) => answer.data.map((row) => row.title);

async function newest(type) {
	const client = new RemoteInstance({ url: `${base}/api/1.1/`, accessToken: token, accessTokenType: type });
	const table = `projects_${type}`;
	const go = (name, run) => check(`2.15.0 ${type} ${name}`, run);

	await go('createTable', async () => assert.equal((await client.createTable(table)).data.name, table));
	await go('createColumn', async () => {
		for (const name of ['title', 'intro']) {
			const column = { name, type: 'varchar', ui: 'textinput', length: 100, comment: 'Lorem' };
			assert.equal((await client.createColumn(table, column)).data.column_name, name);
		}
	});
	await go('getTables', async () => assert((await client.getTables()).data.some((t) => t.name === table)));
	await go('getTable', async () => assert.equal((await client.getTable(table)).data.columns.length, 3));
	await go('getColumns', async () => assert.equal((await client.getColumns(table)).data.length, 3));
	await go('getColumn', async () => assert.equal((await client.getColumn(table, 'title')).data.comment, 'Lorem'));
	await go('updateColumn', async () => {
		assert.equal((await client.updateColumn(table, 'title', { comment: 'Name' })).data.comment, 'Name');
	});
	await go('deleteColumn', async () => assert.equal((await client.deleteColumn(table, 'intro')).success, true));

	await go('createItem', async () => assert.equal(title(await client.createItem(table, { title: 'One' })), 'One'));
	await go('createBulk', async () => {
		assert.deepEqual(titles(await client.createBulk(table, [{ title: 'Two' }, { title: 'Three' }])), ['Two', 'Three']);
	});
	await go('getItems', async () => {
		const query = { limit: 2, 'order': { id: 'DESC' }, filters: { title: { like: 'T' } }, columns: 'id,title' };
		assert.deepEqual(titles(await client.getItems(table, query)), ['Three', 'Two']);
		assert.deepEqual(titles(await client.getItems(table, { in: { id: '1,3' } })), ['One', 'Three']);
	});
	await go('getItem', async () => assert.equal(title(await client.getItem(table, 1)), 'One'));
	await go('updateItem', async () => assert.equal(title(await client.updateItem(table, 1, { title: 'Uno' })), 'Uno'));
	await go('updateBulk', async () => {
		assert.deepEqual(titles(await client.updateBulk(table, [{ id: 2, title: 'Due' }])), ['Due']);
	});
	await go('deleteItem', async () => assert.equal((await client.deleteItem(table, 1)).success, true));
	await go('deleteBulk', async () => assert.equal((await client.deleteBulk(table, [{ id: 2 }])).data.success, true));

	let file;
	await go('createFile', async () => {
		file = (await client.createFile({ title: 'File', data: 'bm90aGluZyB0byBzZWUgaGVyZQ==' })).data;
		assert.equal(file.size, 19);
	});
	await go('getFiles', async () => assert.equal((await client.getFiles({ 'filters[title]': 'File' })).data.length, 1));
	await go('getFile', async () => assert.equal(title(await client.getFile(file.id)), 'File'));
	await go('updateFile', async () => assert.equal(title(await client.updateFile(file.id, { title: 'New' })), 'New'));
	await go('deleteFile', async () => assert((await client.deleteFile(file.id)).success));

	let group;
	await go('createGroup', async () => {
		group = (await client.createGroup(`Manager ${type}`)).data;
		assert.equal(group.show_files, 1);
	});
	await go('getGroups', async () => assert((await client.getGroups()).data.some((g) => g.id === group.id)));
	await go('getGroup', async () => assert.equal((await client.getGroup(group.id)).data.name, `Manager ${type}`));
	await go('createPrivileges', async () => {
		const made = await client.createPrivileges(group.id, { table_name: table, allow_view: 2, allow_edit: 1 });
		assert.equal(made.data.allow_edit, 1);
	});
	await go('getPrivileges', async () => {
		assert((await client.getPrivileges(group.id)).data.some((p) => p.table_name === table));
	});
	await go('getTablePrivileges', async () => {
		assert.equal((await client.getTablePrivileges(group.id, table)).data.allow_view, 2);
	});
	await go('updatePrivileges (which only reads)', async () => {
		assert.equal((await client.updatePrivileges(group.id, table)).data.allow_view, 2);
	});

	await go('getPreferences', async () => assert.equal((await client.getPreferences(table)).data.sort, 'id'));
	await go('updatePreference (which sends nothing)', async () => assert.throws(() => client.updatePreference(table, {})));

	let user;
	await go('createUser', async () => {
		const given = { email: `${type}@example.com`, first_name: 'Ann', password: 'secret', group: group.id, phone: '1' };
		user = (await client.createUser(given)).data;
		assert.equal(user.phone, '1');
	});
	await go('getUsers', async () => assert((await client.getUsers({ order: { email: 'ASC' } })).data.length > 1));
	await go('getUser', async () => assert.equal((await client.getUser(user.id)).data.group.data.id, group.id));
	await go('updateUser', async () => {
		assert.equal((await client.updateUser(user.id, { position: 'Boss' })).data.position, 'Boss');
	});
	await go('getMe', async () => assert.equal((await client.getMe()).data.id, 1));
	await go('updateMe', async () => assert.equal((await client.updateMe({ city: 'Bonn' })).data.city, 'Bonn'));
	await go('updatePassword', async () => assert.equal((await client.updatePassword(password)).data.id, 1));

	let message;
	await go('sendMessage', async () => {
		const given = { subject: 'Sunday', message: 'Off!', recipients: `0_${user.id}` };
		message = (await client.sendMessage(given)).data;
		assert.equal(message.recipients, `${user.id},1`);
	});
	await go('getMessages', async () => {
		assert((await client.getMessages()).data.some((m) => m.id === message.id));
		assert.equal((await client.getMessages({ max_id: message.id })).data, undefined);
	});
	await go('getMessage', async () => assert.equal((await client.getMessage(message.id)).data.subject, 'Sunday'));

	await go('getActivity', async () => {
		const log = (await client.getActivity({ filters: { table_name: table } })).data;
		assert.deepEqual(new Set(log.map((entry) => entry.action)), new Set(['ADD', 'UPDATE', 'DELETE']));
	});

	let bookmark;
	await go('createBookmark', async () => {
		bookmark = (await client.createBookmark({ title: 'Drafts', table_name: table, status: 2 })).data;
		assert.equal(bookmark.url, `tables/${table}/pref/Drafts`);
	});
	await go('getBookmarks', async () => assert((await client.getBookmarks()).data.length >= 1));
	await go('getUserBookmarks', async () => assert((await client.getUserBookmarks()).data.length >= 1));
	await go('getBookmark', async () => assert.equal((await client.getBookmark(bookmark.id)).data.section, 'search'));
	await go('deleteBookmark', async () => {
		assert.equal((await client.deleteBookmark(bookmark.id)).success, true);
		assert.equal((await client.deleteBookmark(bookmark.id)).error.message, 'bookmark_not_found');
	});

	await go('getSettings', async () => assert.equal((await client.getSettings()).data.files.file_naming, 'file_id'));
	await go('updateSettings', async () => {
		assert.equal((await client.updateSettings('global', { rows_per_page: 100 })).data.rows_per_page, '100');
	});
	await go('getSettingsByCollection', async () => {
		assert.equal((await client.getSettingsByCollection('global')).data.rows_per_page, '100');
	});
	await go('getRandom', async () => assert.equal((await client.getRandom({ length: 64 })).data.random.length, 64));
	await go('getHash (whose text must be in the data)', async () => {
		const made = await client.getHash('secret', { string: 'secret', hasher: 'bcrypt' });
		assert(made.data.hash.startsWith('$2y$'));
	});
	await go('getApi', async () => {
		const tables = (await client.getApi('1.1/tables', { include_system: 1 })).data.map((found) => found.name);
		assert(tables.includes(table) && tables.includes('directus_users'));
	});
	await go('postApi', async () => {
		assert.equal((await client.postApi('1.1/random', { length: 12 })).data.random.length, 12);
	});
	// These two send their request to the v1.1 API and, with the token as a parameter, throw before they do.
	await go('putApi and deleteApi', async () => {
		const row = `tables/${table}/rows/${(await client.createItem(table, { title: 'Gone' })).data.id}`;
		if (type === 'parameter') {
			assert.throws(() => client.putApi(row, { title: 'Going' }), TypeError);
			assert.throws(() => client.deleteApi(row, {}), TypeError);
			return;
		}
		assert.equal(title(await client.putApi(row, { title: 'Going' })), 'Going');
		assert.equal((await client.deleteApi(row, {})).success, true);
		await assert.rejects(client.getApi('nothing'));
	});
	await go('authenticate', async () => {
		const fresh = new RemoteInstance({ url: base });
		assert.equal((await fresh.authenticate(email, password)).data.token, token);
		assert.equal((await fresh.getMe()).data.id, 1);
		fresh.deauthenticate();
		await assert.rejects(fresh.authenticate(email, 'wrong'), (answer) => answer.success === false);
	});
	await go('a wrong token', async () => {
		const stranger = new RemoteInstance({ url: base, accessToken: 'nonsense' });
		await assert.rejects(stranger.getItems(table));
	});
}

async function oldest() {
	const client = new SDK(token, `${base}/api`, 1.1);
	const go = (name, run) => check(`1.1.3 ${name}`, run);
	const data = { title: 'One' };

	await go('createTable', async () => assert.equal((await client.createTable('old')).data.name, 'old'));
	await go('createColumn', async () => {
		const column = { name: 'title', type: 'varchar', ui: 'textinput', length: 100 };
		assert.equal((await client.createColumn('old', column)).data.type, 'VARCHAR');
	});
	await go('getTables', async () => assert((await client.getTables()).data.length > 0));
	await go('getTable', async () => assert.equal((await client.getTable('old')).data.id, 'old'));
	await go('getColumns', async () => assert.equal((await client.getColumns('old')).data.length, 2));
	await go('getColumn', async () => assert.equal((await client.getColumn('old', 'title')).data.id, 'title'));
	await go('updateColumn', async () => {
		assert.equal((await client.updateColumn('old', 'title', { comment: 'N' })).data.comment, 'N');
	});
	await go('createItem', async () => assert.equal(title(await client.createItem('old', data)), 'One'));
	await go('createItem with a callback', () => called((answer) => client.createItem('old', data, answer)));
	await go('getItems', async () => assert.equal((await client.getItems('old', { limit: 1 })).data.length, 1));
	await go('getItem', async () => assert.equal(title(await client.getItem('old', 1)), 'One'));
	await go('updateItem', async () => assert.equal(title(await client.updateItem('old', 1, { title: 'Uno' })), 'Uno'));
	await go('deleteItem', async () => assert.equal((await client.deleteItem('old', 1, true)).success, true));
	await go('deleteItem, softly', async () => {
		const newer = new RemoteInstance({ url: base, accessToken: token });
		const { id } = (await newer.createUser({ email: 'gone@example.com', password: 'secret', group: 2 })).data;
		assert.equal((await client.deleteItem('directus_users', id)).data.status, 0);
	});
	let file;
	await go('createFile', async () => {
		file = (await client.createFile({ title: 'A', name: 'a.txt', data: 'bm90aGluZw==' })).data.id;
		assert(file);
	});
	await go('getFiles', async () => assert((await client.getFiles()).data.length > 0));
	await go('getFile', async () => assert.equal(title(await client.getFile(file)), 'A'));
	await go('updateFile (which answers by its callback only)', async () => {
		assert.equal(title(await called((answer) => client.updateFile(file, { title: 'B' }, answer))), 'B');
	});

	// Four methods this version lists under names its modules do not have: they are taken from there.
	Object.assign(client, require('sdk-1-1-3/src/methods/privileges'), require('sdk-1-1-3/src/methods/preferences'));
	await go('createPrivileges (which asks for the group "undefined")', async () => {
		await assert.rejects(client.createPrivileges({ table_name: 'old', allow_view: 2 }), (why) => /404/.test(why));
	});
	await go('getGroupPrivileges', async () => {
		assert((await client.getGroupPrivileges(2)).data.some((p) => p.table_name === 'old'));
	});
	let right;
	await go('getTablePrivileges', async () => {
		const newer = new RemoteInstance({ url: base, accessToken: token });
		right = (await newer.createPrivileges(2, { table_name: 'old', allow_view: 2 })).data.id;
		assert.equal((await client.getTablePrivileges(2, 'old')).data.allow_view, 2);
	});
	await go('updatePrivileges', async () => {
		assert.equal((await client.updatePrivileges(2, right, { allow_view: 1 })).data.allow_view, 1);
	});
	await go('getPreferences', async () => assert.equal((await client.getPreferences('old')).data.sort_order, 'ASC'));
	await go('updatePreferences', async () => {
		assert.equal((await client.updatePreferences('old', { sort_order: 'DESC' })).data.sort_order, 'DESC');
	});

	await go('getActivity', async () => assert((await client.getActivity({})).data.length > 0));
	let message;
	await go('getMessages', async () => {
		const found = await client.getMessages();
		assert.equal(found.meta.type, 'collection');
		message = found.data[0].id;
	});
	await go('getMessage', async () => assert.equal((await client.getMessage(message)).data.subject, 'Sunday'));
	await go('getBookmarks', async () => assert.equal((await client.getBookmarks()).meta.type, 'collection'));
	await go('getUserBookmarks', async () => assert.equal((await client.getUserBookmarks()).meta.type, 'collection'));
	let id;
	await go('createBookmark', async () => {
		id = (await client.createBookmark({ title: 'Mine', table_name: 'old' })).data.id;
	});
	await go('getBookmark', async () => assert.equal((await client.getBookmark(id)).data.title, 'Mine'));
	await go('deleteBookmark', async () => assert.equal((await client.deleteBookmark(id)).success, true));
	await go('getSettings', async () => assert((await client.getSettings()).data.global));
	await go('getSettingsByCollection', async () => assert((await client.getSettingsByCollection('global')).data));
	await go('updateSettings', async () => {
		assert.equal((await client.updateSettings('global', { rows_per_page: 50 })).data.rows_per_page, '50');
	});
}

newest('header').then(() => newest('parameter')).then(oldest);
