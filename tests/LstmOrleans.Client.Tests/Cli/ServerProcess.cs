using LstmOrleans.TestProcesses;

namespace LstmOrleans.Client.Tests.Cli;

/// <summary>The built server with settings of <c>Lstm:Streams</c>.</summary>
internal static class ServerProcess
{
    /// <summary>LstmOrleans.Server.dll.</summary>
    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "LstmOrleans.Server.dll");

    /// <summary>Starts one and waits until it can take work.</summary>
    /// <param name="data">Its folder.</param>
    /// <param name="streams">Settings of <c>Lstm:Streams</c>.</param>
    public static async Task<LstmServer> StartAsync(string data, params (string Name, object Value)[] streams)
    {
        var server = LstmServer.Start(Program, data,
            [("Logging__LogLevel__Default", "Warning"), .. streams.Select(setting => ($"Lstm__Streams__{setting.Name}", FormattableString.Invariant($"{setting.Value}")))]);
        await server.ReadyAsync();
        return server;
    }
}
