using System.CommandLine;
using System.Globalization;
using LstmOrleans.Benchmarks.Telemetry;
using LstmOrleans.Hosting;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LstmOrleans.Benchmarks.Streams;

/// <summary>The server process of the <c>streams</c> benchmark: the product's own host plus the yardstick grains. Ends with its parent.</summary>
internal static class StreamsServer
{
    public const string Name = "streams-server";

    /// <summary>What it prints when it serves.</summary>
    public const string Ready = "ready";

    public static Command Create()
    {
        var data = new Argument<string>("data");
        var siloPort = new Argument<int>("silo-port");
        var gatewayPort = new Argument<int>("gateway-port");
        var settings = new Argument<string[]>("settings") { Description = "Further settings, each Name=Value.", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command(Name, "The server process of the streams benchmark.") { data, siloPort, gatewayPort, settings };
        command.Hidden = true;
        command.SetAction(parsed => LstmProcess.Run([], builder =>
        {
            var values = new Dictionary<string, string?>
            {
                ["Lstm:DataDirectory"] = parsed.GetValue(data),
                ["Lstm:ExitWithParent"] = "true",
                ["Orleans:Endpoints:SiloPort"] = parsed.GetValue(siloPort).ToString(CultureInfo.InvariantCulture),
                ["Orleans:Endpoints:GatewayPort"] = parsed.GetValue(gatewayPort).ToString(CultureInfo.InvariantCulture),
            };
            foreach (string setting in parsed.GetValue(settings)!)
                values[setting[..setting.IndexOf('=', StringComparison.Ordinal)]] = setting[(setting.IndexOf('=', StringComparison.Ordinal) + 1)..];
            builder.Configuration.AddInMemoryCollection(values);
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Logging.ClearProviders();
            // Before the store: what is counted must be listened for when its instruments are made.
            builder.Services.AddSingleton(new StoreCounter());
            builder.Services.AddSingleton<TelemetrySwitch>();
            builder.AddLstmOrleans();
            var app = builder.Build();
            app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine(Ready));
            return app;
        }));
        return command;
    }
}
