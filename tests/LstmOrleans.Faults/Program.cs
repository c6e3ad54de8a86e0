using LstmOrleans.Faults.Options;
using LstmOrleans.Faults.Processes;
using LstmOrleans.Faults.Producers;

// seeded producers ──► silo processes (kill -9, SIGSTOP, SIGTERM) ──► store (SQLite file, or Garnet behind a proxy)
//        │                         ▲
//        │ told answers            │ seeded schedule of faults, each of which shows that it took effect
//        ▼                         │
//      ledger ──► faults off, drain ──► offline forward of the same events, == ──► table, exit code
return args switch
{
    [SiloHost.Name] => await SiloHost.RunAsync(),
    [ChildProducer.Name] => await ChildProducer.RunAsync(),
    _ => await FaultCommand.Create().Parse(args).InvokeAsync(),
};
