using Microsoft.Extensions.DependencyInjection;
using Weir.Engine.Storage;

namespace Weir.Engine.Reporting;

/// <summary>Registers what tells people outside of Weir, on engines that have a mail server.</summary>
public static class ReportingRegistration
{
    public static IServiceCollection AddReporting(this IServiceCollection services, MailOptions? mail, bool engine)
    {
        if (!engine || mail is null)
            return services;
        services.AddSingleton(mail);
        services.AddSingleton(new SweepQuestion(WakeTopic.Mails, "EXISTS (SELECT FROM mails WHERE sent_at IS NULL AND given_up_at IS NULL AND next_at <= (SELECT weir_now()))"));
        return services.AddHostedService<MailSending>();
    }
}
