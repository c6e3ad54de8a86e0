using LstmOrleans.Faults.Options;
using LstmOrleans.Faults.Processes;

// seeded producers ──► silo processes (kill -9, SIGSTOP, SIGTERM) ──► store (SQLite file, or Garnet behind a proxy)
//        │                         ▲
//        │ told answers            │ seeded schedule of faults, each of which shows that it took effect
//        ▼                         │
//      ledger ──► faults off, drain ──► offline forward of the same events, == ──► table, exit code
return args is [SiloHost.Name] ? await SiloHost.RunAsync() : await FaultCommand.Create().Parse(args).InvokeAsync();
