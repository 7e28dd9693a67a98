// What an application does with graphql-request; every result is one key of the printed object.
import { buildClientSchema, getIntrospectionQuery, printSchema } from "graphql";
import { ClientError, gql, GraphQLClient } from "graphql-request";

const [url, admin, editor] = process.argv.slice(2);
const as = (token) => new GraphQLClient(url, token ? { headers: { authorization: `Bearer ${token}` } } : {});
const told = {};

async function failing(work) {
  try {
    return { data: await work };
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    return { status: error.response.status, errors: error.response.errors, error: error.response.error };
  }
}

const client = as(admin);
told.schema = printSchema(buildClientSchema(await client.request(getIntrospectionQuery())));
told.public = printSchema(buildClientSchema(await as().request(getIntrospectionQuery())));

told.query = await client.request(
  gql`
    query Books($title: String, $n: Int = 2) {
      books(limit: $n, filter: { title_contains: $title }, sort: ["-id"]) {
        data { ...Book }
        meta { filter_count }
      }
    }
    fragment Book on BooksItem { id title writer { name } tags { tag { label } } }
  `,
  { title: "a" },
);
const create = gql`
  mutation Create($data: BooksInput!) {
    create_books(data: $data) { id title writer { name } tags { tag { label } } }
  }
`;
told.created = await client.request(create, {
  data: { title: "From npm", writer: { name: "Zoe" }, tags: [{ tag: { label: "npm" } }, { tag: { id: 1 } }] },
});
const id = told.created.create_books.id;
told.updated = await client.request(
  gql`mutation Update($id: ID!) { update_books(id: $id, data: { title: "Changed" }) { title } }`, { id },
);
told.deleted = (await client.request(gql`mutation Delete($id: ID!) { delete_books(id: $id) }`, { id })).delete_books === id;

told.unknown = await failing(client.request("{ books { data { nope } } }"));
told.syntax = await failing(client.request("{ books {", {}, {}).catch((error) => { throw error; })).catch((e) => ({ thrown: e.name }));
told.missing = await failing(client.request("{ books(id: 99) { data { id } } }"));
told.denied = await failing(as(editor).request("mutation { update_books(id: 1, data: { pages: 99999999999999 }) { id } }"));
told.hidden = await failing(as(editor).request("{ books { data { secret } } }"));
told.anonymous = await failing(as().request("{ writers { data { name } } }"));
console.log(JSON.stringify(told));
