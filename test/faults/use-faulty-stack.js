// Jest's setup file of these suites: their calls go to the stack with the fault proxy.
process.env.STACK = 'faulty';
