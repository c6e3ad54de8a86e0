using LstmOrleans.Faults.Sabotage;
using LstmOrleans.Hosting;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LstmOrleans.Faults.Processes;

/// <summary>The hidden command <c>silo</c>: the product's own host, so that a sabotage can be put into it. Settings come by environment.</summary>
internal static class SiloHost
{
    public const string Name = "silo";

    /// <summary>What it prints when it serves.</summary>
    public const string Ready = "ready";

    /// <remarks>Not a command of the command line's parser, which ends a process on SIGTERM in its own way.</remarks>
    public static Task<int> RunAsync() => LstmProcess.Run([], builder =>
    {
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
        });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.AddLstmOrleans();
        SabotageKinds.Apply(builder, Environment.GetEnvironmentVariable(SabotageKinds.Variable));
        var app = builder.Build();
        app.MapLstmOrleans();
        app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine(Ready));
        return app;
    });
}
