'use strict';

const INTERNAL_ERROR = -32603;
const INVALID_REQUEST = -32600;

/** An error that the client behind a transport gets as it is. */
class RpcFault extends Error {
  constructor(rpcCode, message) {
    super(message);
    this.rpcCode = rpcCode;
  }
}

/** The error of a JSON-RPC response: the server's own where it gave one, else ours, with its code in `data`. */
function faultOf(error) {
  const { rpcCode, rpcMessage, rpcData } = error.details ?? error;
  // A client drops an answer whose code is no number.
  if (Number.isInteger(rpcCode)) return { code: rpcCode, message: rpcMessage ?? error.message, ...(rpcData !== null && rpcData !== undefined && { data: rpcData }) };
  return { code: INTERNAL_ERROR, message: error.message, data: { code: error.code, details: error.details } };
}

module.exports = { RpcFault, faultOf, INVALID_REQUEST };
