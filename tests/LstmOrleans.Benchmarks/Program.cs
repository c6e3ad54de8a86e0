using LstmOrleans.Benchmarks.Storage;

if (args is ["storage", ..])
    await StorageBenchmark.RunAsync(args[1..]);
else
    Console.WriteLine("usage: storage [checkpoint pages...]");
