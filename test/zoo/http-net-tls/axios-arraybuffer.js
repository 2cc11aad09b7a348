// An axios client that downloads invoices as array buffers and attaches every one of them to the customer object.
'use strict';

const axios = require('axios');
const { startPeer } = require('../peers/peers');

const customers = new Map(); // RETAINER name=customers

async function attachInvoice(client, customer, path) {
  const { data } = await client.get(path, { responseType: 'arraybuffer' }); // OWNER
  const invoices = customers.get(customer) ?? [];
  customers.set(customer, [...invoices, data]);
}

async function invoiceExists(client, path) {
  const { data } = await client.get(path, { responseType: 'arraybuffer' });
  return data.length > 0;
}

async function main() {
  const server = await startPeer('http-server');
  const client = axios.create({ baseURL: `http://127.0.0.1:${server.port}`, proxy: false });
  for (let invoice = 0; invoice < 44; invoice += 1) {
    await Promise.all([
      attachInvoice(client, invoice % 5, `/invoice/${invoice}.pdf?bytes=200000`),
      invoiceExists(client, `/archive/${invoice}.pdf?bytes=200000`),
    ]);
  }
  await server.close();
}

process.on('exit', () => {
  const bytes = [...customers.values()].flat().reduce((sum, invoice) => sum + invoice.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
