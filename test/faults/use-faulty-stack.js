// Jest setup file of these suites: their requests go to the stack with the fault proxy.
process.env.STACK = 'faulty';
