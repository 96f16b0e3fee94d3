module.exports = () => globalThis.stopAppointments();
