using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LstmOrleans.Hosting.Dashboard.Doors;

/// <summary>Refuses the start of a process whose dashboard would be open to a network, before anything listens; and once more by what really listens.</summary>
internal sealed partial class DoorCheck : HostStep
{
    private readonly IServiceProvider _services;
    private readonly LstmDashboardOptions _options;
    private readonly IServer _http;
    private readonly ILogger<DoorCheck> _logger;

    public DoorCheck(IServiceProvider services, LstmDashboardOptions options, IServer http, ILogger<DoorCheck> logger) =>
        (_services, _options, _http, _logger) = (services, options, http, logger);

    public override Task StartingAsync(CancellationToken cancellationToken)
    {
        _services.GetRequiredService<DoorPolicy>();
        return Task.CompletedTask;
    }

    public override Task StartedAsync(CancellationToken cancellationToken)
    {
        var policy = _services.GetRequiredService<DoorPolicy>();
        // Addresses can be added in code, where no configuration shows them. Doors that were made for networks do not mind.
        if (!policy.IsForNetworks)
            DoorPolicy.Create(_options, [.. (_http.Features.Get<IServerAddressesFeature>()?.Addresses ?? []).Select(ListeningAddress.Parse)]);
        if (policy.IsShut)
            LogShut(DoorPolicy.Remedy);
        return Task.CompletedTask;
    }

    [LoggerMessage(1, LogLevel.Warning, "The dashboard lets nobody in, /metrics included; /health is open. Only ports were named to listen on, so others than this machine may reach it, and no key is set. {Remedy}")]
    private partial void LogShut(string remedy);
}
